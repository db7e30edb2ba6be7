# Sums and products of sparse integer matrices past 2**31.
import numpy as np
from scipy import sparse

a = sparse.csr_array(np.array([[0, 100_000, 0], [200_000, 0, 300_000]]))
results = {
    "sum": int((a * 10**5).sum()),
    "axis0": np.asarray((a * 10**5).sum(axis=0)).ravel().tolist(),
    "row_sums": np.asarray(a.sum(axis=1)).ravel().tolist(),
    "gram": (a @ a.T).toarray().tolist(),
    "vector": (a @ np.array([50_000, 60_000, 70_000])).tolist(),
    "elementwise": a.multiply(a).toarray().tolist(),
    "dtype": str((a @ a.T).dtype),
    "power": sparse.linalg.matrix_power(sparse.csr_array([[1, 1], [1, 0]]), 60).toarray().tolist(),
    "mean": float(a.mean()),
    "max": int(a.max()),
    "argmax": int(a.argmax()) * 10**10,
    "bool_sum": int((a > 0).sum()) * 10**10,
}
