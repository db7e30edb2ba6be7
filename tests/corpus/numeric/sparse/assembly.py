# Counts assembled by adding duplicate coordinates.
import numpy as np
from scipy import sparse

k = np.arange(30)
rows, cols = k % 4, k % 3
m = sparse.coo_array((np.full(30, 10**9), (rows, cols)), shape=(4, 3))
l = sparse.lil_array((3, 3), dtype=int)
l[0, 1] = 2**40
l[2, 2] = 5
results = {
    "summed": m.toarray().tolist(),
    "total": int(m.sum()),
    "csr_data": m.tocsr().data.tolist()[:3],
    "lil": l.toarray().tolist(),
    "lil_dtype": str(l.dtype),
    "dok": sorted([[int(i), int(j), int(v)] for (i, j), v in sparse.dok_array(l).items()]),
    "nonzero": [v.tolist() for v in l.tocsr().nonzero()],
    "stored": int(m.tocsr().nnz) * 10**10,
    "transpose_sum": np.asarray(m.T.sum(axis=1)).ravel().tolist(),
    "printed": str(sparse.coo_array(np.array([[0, 7]]))),
}
