# Set operations on integer arrays.
import numpy as np

a = np.array([1, 2**33, 5, 7, 5])
b = np.array([5, 2**33, 9])
results = {
    "intersect": np.intersect1d(a, b).tolist(),
    "intersect_indices": [(v * 10**10).tolist() for v in np.intersect1d(a, b, return_indices=True)[1:]],
    "union": np.union1d(a, b).tolist(),
    "setdiff": np.setdiff1d(a, b).tolist(),
    "setxor": np.setxor1d(a, b).tolist(),
    "isin": np.isin(a, b).tolist(),
    "isin_count": int(np.isin(a, [5]).sum() * 10**10),
    "union_lists": (np.union1d([1, 2], [2, 3]) * 10**10).tolist(),
    "union_dtype": str(np.union1d([1], [2]).dtype),
}
