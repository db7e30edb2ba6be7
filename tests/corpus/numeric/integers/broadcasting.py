# Products of broadcast integer axes.
import numpy as np

rows = np.arange(1, 4)[:, None] * 50_000
cols = np.arange(1, 5) * 60_000
table = rows * cols
results = {
    "table": table.tolist(),
    "sum": int(table.sum()),
    "difference": (rows - cols).tolist(),
    "cube": (rows[:, :, None] * cols[:, None] * np.array([3, 5])).sum(axis=(0, 1)).tolist(),
    "broadcast_arrays": [int(v.sum()) * 10**6 for v in np.broadcast_arrays(rows, cols)],
    "power": (np.array([[10], [20]]) ** np.array([8, 9])).tolist(),
    "compare": int((rows > cols).sum() * 10**10),
    "dtype": str(table.dtype),
}
