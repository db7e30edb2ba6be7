# Sort orders multiply past 2**31.
import numpy as np

a = np.array([30, 10, 20, 40])
results = {
    "argsort": a.argsort().tolist(),
    "scaled": (np.argsort(a) * 10**10).tolist(),
    "list": (np.argsort([3, 1, 2]) * 10**10).tolist(),
    "stable": np.argsort([1, 0, 1, 0], kind="stable").tolist(),
    "axis": (np.argsort([[3, 1, 2], [9, 7, 8]], axis=1) * 10**10).tolist(),
    "lexsort": (np.lexsort(([1, 0, 1], [2, 2, 1])) * 10**10).tolist(),
    "argpartition_min": int(np.argpartition(a, 0)[0] * 10**10),
    "rank": (a.argsort().argsort() * 10**10).tolist(),
    "searched": a[a.argsort()].tolist(),
}
