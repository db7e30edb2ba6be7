# Extreme eigenvalues and singular values of sparse matrices.
import numpy as np
from scipy import sparse
from scipy.sparse import linalg

n = 40
a = sparse.diags_array([-np.ones(n - 1), 2 * np.ones(n), -np.ones(n - 1)], offsets=[-1, 0, 1], format="csc")
v0 = np.ones(n) + np.arange(n) / n
large = linalg.eigsh(a, k=3, v0=v0, return_eigenvectors=False)
small = linalg.eigsh(a, k=2, sigma=0, v0=v0, return_eigenvectors=False)
results = {
    "large": [round(float(v), 8) for v in np.sort(large)],
    "small": [round(float(v), 8) for v in np.sort(small)],
    "exact": [float(2 - 2 * np.cos(k * np.pi / (n + 1))) for k in (1, 2, n)],
    "svds": [round(float(v), 7) for v in np.sort(linalg.svds(a, k=2, v0=v0, return_singular_vectors=False))],
    "expm": float(linalg.expm_multiply(-0.1 * a, np.ones(n))[0]),
}
