# Unconstrained minimisation by several methods.
import numpy as np
from scipy import optimize

start = np.array([-1.2, 1.0])
results = {}
for method in ("BFGS", "Newton-CG", "trust-ncg", "L-BFGS-B"):
    extra = {"jac": optimize.rosen_der}
    if method in ("Newton-CG", "trust-ncg"):
        extra["hess"] = optimize.rosen_hess
    r = optimize.minimize(optimize.rosen, start, method=method, tol=1e-10, **extra)
    results[method] = [bool(r.success), [round(float(v), 4) for v in r.x]]
nm = optimize.minimize(optimize.rosen, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-9})
results["Nelder-Mead"] = [round(float(v), 5) for v in nm.x]
results["powell"] = [round(float(v), 4) for v in optimize.minimize(optimize.rosen, start, method="Powell", tol=1e-12).x]
