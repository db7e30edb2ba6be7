# Small default-int arrays combined with large Python ints give exact int64 results.
import numpy as np

a = np.array([1, 2, 3])
b = np.arange(3)
b += 2**40
results = {
    "mul": (a * 10**12).tolist(),
    "rmul": (10**12 * a).tolist(),
    "add": (a + 2**40).tolist(),
    "rsub": (10**12 - a).tolist(),
    "int64_scalar": (a * np.int64(10**12)).tolist(),
    "inplace": b.tolist(),
    "dtypes": [str((a * 10**12).dtype), str((a + 1).dtype), str(b.dtype)],
    "compare": [(a < 10**12).tolist(), bool((a * 10**9 == 2 * 10**9).any())],
    "setitem": np.where(a == 2, 10**12, a).tolist(),
}
