# Conversions between flat positions and multi-dimensional indices.
import numpy as np

idx = np.array([0, 5, 11, 23])
parts = np.unravel_index(idx, (2, 3, 4))
flat = np.ravel_multi_index(parts, (2, 3, 4))
results = {
    "unravel": [p.tolist() for p in parts],
    "ravel": flat.tolist(),
    "scaled": (flat * 10**10).tolist(),
    "weighted": sum((p * 10**10 for p in parts), np.zeros(4, int)).tolist(),
    "fortran": [p.tolist() for p in np.unravel_index(idx, (2, 3, 4), order="F")],
    "wrap": np.ravel_multi_index(([3, -1], [4, 0]), (3, 4), mode="wrap").tolist(),
    "ndindex": [list(i) for i in np.ndindex(2, 2)],
    "ndenumerate": [[list(i), int(v)] for i, v in np.ndenumerate(np.array([[2**33, 1]]))],
}
