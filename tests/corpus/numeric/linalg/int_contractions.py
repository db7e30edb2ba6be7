# einsum, tensordot, trace and multi_dot of integers.
import numpy as np

a = np.arange(1, 7).reshape(2, 3) * 10_000
b = np.arange(1, 13).reshape(3, 4) * 10_000
s = np.arange(9).reshape(3, 3) * 10**9
results = {
    "einsum_matmul": np.einsum("ij,jk->ik", a, b).tolist(),
    "einsum_sum": int(np.einsum("ij->", a * 10**5)),
    "einsum_trace": int(np.einsum("ii", s)),
    "einsum_outer": np.einsum("i,j->ij", a[0], b[0]).tolist(),
    "einsum_optimized": np.einsum("ij,jk,lk->il", a, b, b, optimize=True).tolist(),
    "tensordot": np.tensordot(a, b, axes=1).tolist(),
    "tensordot_full": int(np.tensordot(a, a, axes=2)),
    "trace": int(np.trace(s)),
    "multi_dot": np.linalg.multi_dot([a, b, b.T]).tolist(),
    "dtype": str(np.einsum("ij,jk", a, b).dtype),
}
