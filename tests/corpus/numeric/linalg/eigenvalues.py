# Eigenvalues of symmetric, general and generalised problems.
import numpy as np
from scipy import linalg

s = np.array([[2.0, -1, 0], [-1, 2, -1], [0, -1, 2]])
w, v = np.linalg.eigh(s)
v = v * np.sign(v[np.abs(v).argmax(axis=0), range(3)])
g = np.linalg.eigvals(np.array([[0, 1, 0], [0, 0, 1], [6, -11, 6]]))
rot = np.linalg.eigvals(np.array([[0.6, -0.8], [0.8, 0.6]]))
results = {
    "symmetric": w.tolist(),
    "projector": (np.outer(v[:, 0], v[:, 0])).tolist(),
    "general": np.sort(g.real).round(9).tolist(),
    "rotation_phase": np.sort(np.angle(rot)).tolist(),
    "generalised": linalg.eigh(s, np.diag([1.0, 2, 3]), eigvals_only=True).tolist(),
    "banded": linalg.eigvals_banded(np.array([[0, -1, -1.0], [2, 2, 2]])).tolist(),
    "reconstructed": (v @ np.diag(w) @ v.T).round(9).tolist(),
}
