# Triangular masks and their indices.
import numpy as np

a = np.arange(16).reshape(4, 4) * 10**9
rows, cols = np.triu_indices(4, k=1)
results = {
    "tri": (np.tri(3, dtype=int) * 10**10).tolist(),
    "tril": np.tril(a).sum().item(),
    "triu_k": np.triu(a, 1).tolist(),
    "upper": a[rows, cols].tolist(),
    "pairs": (rows * 10**10 + cols).tolist(),
    "tril_from": a[np.tril_indices_from(a, -2)].tolist(),
    "diag_indices": a[np.diag_indices(4)].tolist(),
    "diag": [np.diag(a).tolist(), np.diag([1, 2], k=1).tolist()],
    "diagonal_sum": int(a.diagonal().sum()),
    "tri_dtype": str(np.tri(2).dtype),
}
