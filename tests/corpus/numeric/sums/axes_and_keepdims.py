# Sums over chosen axes of an integer cube.
import numpy as np

a = (np.arange(24) * 10**8).reshape(2, 3, 4)
results = {
    "axis0": a.sum(axis=0).tolist(),
    "axis01": a.sum(axis=(0, 1)).tolist(),
    "negative_axis": a.sum(axis=-1).tolist(),
    "keepdims": list(a.sum(axis=1, keepdims=True).shape),
    "all": int(a.sum()),
    "fraction": (a / a.sum()).sum().item(),
    "initial": int(a.sum(initial=10**15)),
    "where": int(a.sum(where=a % (2 * 10**8) == 0)),
    "std_axis": a.std(axis=2).tolist(),
    "var": float(a.var()),
}
