# Reductions of plain Python lists of integers.
import numpy as np

results = {
    "sum": int(np.sum([2**30] * 3)),
    "sum_dtype": str(np.sum([1, 2, 3]).dtype),
    "prod": int(np.prod([2**20] * 3)),
    "prod_dtype": str(np.prod([1, 2]).dtype),
    "cumsum": np.cumsum([2**30] * 5).tolist(),
    "cumsum_dtype": str(np.cumsum([1]).dtype),
    "cumprod": np.cumprod([1000] * 6).tolist(),
    "nested_axis0": np.sum([[2**30, 1], [2**30, 2], [2**30, 3]], axis=0).tolist(),
    "tuple": int(np.sum((2**31, 2**31))),
    "range": int(np.sum(range(100_000))),
    "mean": float(np.mean([2**31, 2**31 + 2])),
    "median": float(np.median([2**33, 2**34, 2**35])),
    "max": int(np.max([2**40, 1])),
    "average": float(np.average([2**30] * 3, weights=[1, 2, 3])),
}
