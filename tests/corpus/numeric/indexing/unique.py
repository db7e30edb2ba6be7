# Unique values, counts, inverses and first positions.
import numpy as np

a = np.array([5, 2**40, 5, 3, 2**40, 5])
u, first, inverse, counts = np.unique(a, return_index=True, return_inverse=True, return_counts=True)
results = {
    "values": u.tolist(),
    "first": (first * 10**10).tolist(),
    "inverse": (inverse * 10**10).tolist(),
    "counts": (counts * 10**10).tolist(),
    "rebuilt": u[inverse].tolist(),
    "list": (np.unique([3, 1, 1]) * 10**10).tolist(),
    "rows": np.unique([[1, 2], [1, 2], [0, 5]], axis=0).tolist(),
    "mode": int(u[counts.argmax()]),
    "counts_dict": {str(k): v for k, v in zip(*[x.tolist() for x in np.unique_counts(a)])},
    "strings": [x.tolist() for x in np.unique(["b", "a", "b"], return_counts=True)],
}
