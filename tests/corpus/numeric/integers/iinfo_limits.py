# The default integer has 64-bit limits.
import numpy as np

results = {
    name: [int(np.iinfo(t).min), int(np.iinfo(t).max), int(np.iinfo(t).bits)]
    for name, t in {
        "int": int,
        "int_": np.int_,
        "str_int": "int",
        "of_array": np.arange(3).dtype,
        "of_list": np.array([1]).dtype,
        "int32": np.int32,
        "uint16": np.uint16,
    }.items()
}
results["max_fits"] = np.array([np.iinfo(int).max]).tolist()
results["str"] = str(np.iinfo(int))
