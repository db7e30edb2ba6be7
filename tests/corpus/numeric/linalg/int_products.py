# dot, matmul, inner, outer, vdot and kron of integers past 2**31.
import numpy as np

a = np.array([[100_000, 2], [3, 100_000]])
b = np.array([[50_000, 1], [1, 60_000]])
v = np.array([70_000, 80_000])
results = {
    "dot": np.dot(a, b).tolist(),
    "matmul": (a @ b).tolist(),
    "vector": (a @ v).tolist(),
    "inner": int(np.inner(v, v)),
    "vdot": int(np.vdot(v, v)),
    "outer": np.outer(v, v).tolist(),
    "kron": np.kron(v, [1, 50_000]).tolist(),
    "list_dot": int(np.dot([2**20] * 3, [2**20] * 3)),
    "list_outer": np.outer([2**20], [2**20]).tolist(),
    "dtype": str((a @ b).dtype),
    "vecdot": int(np.vecdot(v, v)),
}
