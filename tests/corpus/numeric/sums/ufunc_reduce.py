# reduce, reduceat and outer of integer ufuncs.
import numpy as np

a = np.array([10**9, 2 * 10**9, 3 * 10**9, 4, 5, 6 * 10**9])
results = {
    "add_reduce": int(np.add.reduce(a)),
    "list_reduce": int(np.add.reduce([2**31 - 1, 2**31 - 1])),
    "reduceat": np.add.reduceat(a, [0, 2, 4]).tolist(),
    "reduceat_list": np.add.reduceat([2**30] * 6, [0, 3]).tolist(),
    "multiply_reduceat": np.multiply.reduceat(np.arange(1, 9) * 1000, [0, 4]).tolist(),
    "add_outer": np.add.outer([2**31, 1], [2**31, 2]).tolist(),
    "multiply_outer": np.multiply.outer(a[:2], a[:2] // 10**3).tolist(),
    "maximum_reduce": int(np.maximum.reduce(a)),
    "gcd_reduce": int(np.gcd.reduce(a[:3])),
    "dtype": str(np.add.reduceat([1, 2, 3], [0]).dtype),
}
