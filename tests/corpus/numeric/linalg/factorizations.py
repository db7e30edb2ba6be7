# Cholesky, QR and LU factors with fixed signs.
import numpy as np
from scipy import linalg

a = np.array([[4.0, 12, -16], [12, 37, -43], [-16, -43, 98]])
q, r = np.linalg.qr(np.array([[1.0, 2], [3, 4], [5, 6]]))
sign = np.sign(np.diag(r))
p, low, up = linalg.lu(np.array([[2.0, 1, 1], [4, 3, 3], [8, 7, 9]]))
results = {
    "cholesky": np.linalg.cholesky(a).tolist(),
    "q": (q * sign).tolist(),
    "r": (r * sign[:, None]).tolist(),
    "lu": [p.tolist(), low.tolist(), up.tolist()],
    "cho_solve": linalg.cho_solve(linalg.cho_factor(a), [1, 2, 3]).tolist(),
    "lu_solve": linalg.lu_solve(linalg.lu_factor(a), [1, 0, 0]).tolist(),
    "triangular": linalg.solve_triangular(np.linalg.cholesky(a), [2, 8, 5], lower=True).tolist(),
    "ldl_d": np.diag(linalg.ldl(np.array([[2.0, 1], [1, 3]]))[1]).tolist(),
}
