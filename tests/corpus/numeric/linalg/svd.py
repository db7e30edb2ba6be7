# Singular values, rank, pseudo-inverse and low-rank reconstruction.
import numpy as np

a = np.array([[3.0, 1, 1], [-1, 3, 1], [2, 4, 2], [0, 1, 5]])
u, s, vt = np.linalg.svd(a, full_matrices=False)
rank1 = s[0] * np.outer(u[:, 0], vt[0])
results = {
    "singular": s.tolist(),
    "rank1": rank1.tolist(),
    "rebuilt": np.allclose((u * s) @ vt, a),
    "rank": int(np.linalg.matrix_rank(np.array([[1, 2], [2, 4], [3, 6]]))),
    "pinv": np.linalg.pinv(a).tolist(),
    "norms": [float(np.linalg.norm(a, o)) for o in ("fro", "nuc", 2, 1, np.inf)],
    "explained": (s**2 / (s**2).sum()).tolist(),
}
