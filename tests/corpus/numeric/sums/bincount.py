# Bin counts, their products with large numbers, and weighted bins.
import numpy as np

x = np.array([0, 1, 1, 2, 2, 2, 5])
c = np.bincount(x)
results = {
    "counts": c.tolist(),
    "dtype": str(c.dtype),
    "scaled": (c * 10**10).tolist(),
    "squared_sum": int((np.bincount(np.zeros(60_000, int)) ** 2).sum()),
    "list_input": np.bincount([3, 3, 1]).tolist(),
    "minlength": np.bincount(x, minlength=8).tolist(),
    "weights": np.bincount(x, weights=x * 1e10).tolist(),
    "group_mean": (np.bincount(x, weights=[1, 2, 3, 4, 5, 6, 7]) / np.maximum(c, 1)).tolist(),
    "cumulative": (np.cumsum(c) * 10**10).tolist(),
}
