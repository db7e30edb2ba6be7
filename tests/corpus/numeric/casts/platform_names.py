# intp, long and the unsigned defaults are 64 bits wide.
import numpy as np

results = {
    name: [str(np.dtype(t)), np.dtype(t).itemsize]
    for name, t in {
        "intp": np.intp,
        "str_intp": "intp",
        "uintp": np.uintp,
        "long": np.long,
        "str_long": "long",
        "ulong": np.ulong,
        "uint": np.uint,
        "str_uint": "uint",
        "code_l": "l",
        "code_p": "p",
        "longlong": np.longlong,
    }.items()
}
results["intc"] = str(np.dtype(np.intc))
results["short"] = str(np.dtype(np.short))
