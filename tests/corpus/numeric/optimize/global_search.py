# Global minima of multimodal functions with seeded searches.
import numpy as np
from scipy import optimize

rastrigin = lambda p: 10 * len(p) + ((p**2) - 10 * np.cos(2 * np.pi * p)).sum()
bounds = [(-5.12, 5.12)] * 2
de = optimize.differential_evolution(rastrigin, bounds, seed=1, tol=1e-10, maxiter=200)
valley = lambda p: (p[0] ** 2 - 1) ** 2 + (p[1] - 1) ** 2
direct = optimize.direct(lambda p: ((p - 0.3) ** 2).sum(), bounds, maxfun=4000)
results = {
    "differential_evolution": [round(abs(float(v)), 5) for v in de.x],
    "fun": round(float(de.fun), 6),
    "direct": [round(float(v), 2) for v in direct.x],
    "brute": [round(float(v), 3) for v in optimize.brute(valley, ((0, 4), (0, 4)), Ns=9)],
    "shgo": [round(float(v), 5) for v in optimize.shgo(valley, [(0, 2), (0, 2)]).x],
}
