# Direct and iterative solutions of a Poisson system.
import numpy as np
from scipy import sparse
from scipy.sparse import linalg

n = 50
a = sparse.diags_array([-np.ones(n - 1), 2 * np.ones(n), -np.ones(n - 1)], offsets=[-1, 0, 1], format="csc")
b = np.ones(n)
x = linalg.spsolve(a, b)
results = {
    "direct": x[[0, 24, 49]].tolist(),
    "factorised": linalg.factorized(a)(b)[[10]].tolist(),
    "lu": linalg.splu(a).solve(b)[[10]].tolist(),
    "cg": [round(float(v), 5) for v in linalg.cg(a, b, rtol=1e-12)[0][[0, 24]]],
    "gmres": [round(float(v), 5) for v in linalg.gmres(a, b, rtol=1e-12, restart=50)[0][[0, 24]]],
    "lsqr": [round(float(v), 4) for v in linalg.lsqr(a, b, atol=1e-13, btol=1e-13, iter_lim=400)[0][[0, 24]]],
    "norm": float(linalg.norm(a)),
    "residual_small": bool(np.abs(a @ x - b).max() < 1e-9),
}
