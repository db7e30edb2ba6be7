# astype(int) gives 64-bit integers from floats, bools, strings and objects.
import numpy as np

f = np.array([1.9, -1.9, 3e10, -4.2e12])
results = {
    "float": f.astype(int).tolist(),
    "float_dtype": str(f.astype(int).dtype),
    "by_name": f.astype("int").tolist(),
    "int_": str(f.astype(np.int_).dtype),
    "bool": str(np.array([True]).astype(int).dtype),
    "string": np.array(["12", "-7", "123456789012"]).astype(int).tolist(),
    "object": np.array([2**40, 3], dtype=object).astype(int).tolist(),
    "scaled": (np.array([0.5, 1.5]).astype(int) * 10**10).tolist(),
    "from_int32": str(np.ones(2, np.int32).astype(int).dtype),
    "rint": np.rint([2.5, 3.5, 2**33 + 0.2]).astype(int).tolist(),
    "copy_false": str(np.float32([1, 2]).astype(int, copy=False).dtype),
}
