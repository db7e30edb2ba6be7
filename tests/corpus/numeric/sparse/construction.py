# Sparse matrices from coordinates, rows and diagonals.
import numpy as np
from scipy import sparse

m = sparse.coo_matrix(([10**9, 2 * 10**9, 3 * 10**9], ([0, 1, 1], [2, 0, 0])), shape=(2, 3))
c = m.tocsr()
results = {
    "dense": c.toarray().tolist(),
    "nnz": int(c.nnz),
    "dtype": str(c.dtype),
    "indptr": c.indptr.tolist(),
    "diags": sparse.diags([[-1] * 2, [2] * 3, [-1] * 2], [-1, 0, 1]).toarray().tolist(),
    "identity": (sparse.identity(3, dtype=int) * 10**10).toarray().tolist(),
    "from_dense": str(sparse.csr_matrix(np.array([[1, 0], [0, 2]])).dtype),
    "kron": sparse.kron(sparse.csr_matrix([[1, 2]]), [[10**5], [10**5]]).toarray().tolist(),
    "block": sparse.block_diag([[[1, 2]], [[3]]]).toarray().tolist(),
    "find": [v.tolist() for v in sparse.find(c)],
}
