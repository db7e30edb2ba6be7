# The default integers are 64 bits wide by every name, signed and unsigned.
import numpy as np

results = {
    name: [str(np.dtype(t)), np.dtype(t).itemsize]
    for name, t in {
        "int": int,
        "str_int": "int",
        "int_": np.int_,
        "uint": np.uint,
        "str_uint": "uint",
        "longlong": np.longlong,
    }.items()
}
results["intc"] = str(np.dtype(np.intc))
results["short"] = str(np.dtype(np.short))
