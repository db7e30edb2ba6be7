# Bracketed and derivative-based scalar roots.
import numpy as np
from scipy import optimize

f = lambda x: x**3 - 2 * x - 5
results = {
    "brentq": round(optimize.brentq(f, 2, 3, xtol=1e-13), 9),
    "bisect": round(optimize.bisect(f, 2, 3, xtol=1e-13), 9),
    "newton": round(float(optimize.newton(f, 2, fprime=lambda x: 3 * x**2 - 2)), 9),
    "secant": round(float(optimize.newton(f, 2)), 9),
    "ridder": round(optimize.ridder(f, 2, 3, xtol=1e-13), 9),
    "root_scalar": round(float(optimize.root_scalar(f, bracket=[2, 3], method="toms748").root), 9),
    "vector_newton": np.round(optimize.newton(lambda x: x**2 - np.array([2, 3]), np.ones(2)), 9).tolist(),
    "fixed_point": round(float(optimize.fixed_point(np.cos, 0.5)), 9),
    "kepler": round(optimize.brentq(lambda e: e - 0.6 * np.sin(e) - 1.0, 0, np.pi), 9),
}
