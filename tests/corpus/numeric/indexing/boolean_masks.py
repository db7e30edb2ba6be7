# Logical masks counted, combined and located.
import numpy as np

x = np.linspace(-1, 1, 201)
m = (x > 0.2) & (x < 0.5) | (x < -0.9)
edges = np.flatnonzero(np.diff(m.astype(int)))
runs = np.split(np.flatnonzero(m), np.flatnonzero(np.diff(np.flatnonzero(m)) > 1) + 1)
results = {
    "count": int(m.sum() * 10**10),
    "first": int(m.argmax() * 10**10),
    "last": int((len(m) - 1 - m[::-1].argmax()) * 10**8),
    "edges": edges.tolist(),
    "runs": [len(r) for r in runs],
    "all_any": [bool(m.all()), bool(m.any())],
    "logical": int(np.logical_xor(m, x > 0).sum() * 10**10),
    "fraction": float(m.mean()),
    "weighted": float((m * np.arange(201)).sum() * 10**7),
    "where_pick": np.where(m, np.arange(201), -1)[[0, 50, 130, 200]].tolist(),
}
