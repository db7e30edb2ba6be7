# Splitting, stacking and reshaping keep integer values and types.
import numpy as np

a = np.arange(12) * 10**9
parts = np.array_split(a, 5)
results = {
    "split_sums": [int(p.sum()) for p in parts],
    "split_sizes": [len(p) for p in parts],
    "transpose": a.reshape(3, 4).T.tolist(),
    "moveaxis": list(np.moveaxis(np.zeros((2, 3, 4)), 0, -1).shape),
    "ravel_f": a.reshape(3, 4).ravel(order="F").tolist(),
    "dstack": np.dstack([a[:2], a[2:4]]).tolist(),
    "vsplit": [v.sum().item() for v in np.vsplit(a.reshape(4, 3), 2)],
    "squeeze": list(np.squeeze(a.reshape(1, 12, 1)).shape),
    "delete": np.delete(a, [0, 1, 2, -1]).tolist(),
    "trim": np.trim_zeros([0, 0, 1, 2**40, 0]),
    "resize": np.resize([1, 2**40], 5).tolist(),
    "newaxis": (a[:3, None] + a[None, :2]).tolist(),
}
