# Minima of functions of one variable.
import numpy as np
from scipy import optimize

f = lambda x: (x - 1.7) ** 2 + 0.3 * np.sin(3 * x)
results = {
    "brent": round(float(optimize.minimize_scalar(f).x), 5),
    "bounded": round(float(optimize.minimize_scalar(f, bounds=(1, 3), options={"xatol": 1e-10}).x), 5),
    "golden": round(float(optimize.golden(f, brack=(0, 2))), 5),
    "value": round(float(optimize.minimize_scalar(f).fun), 9),
    "at_bound": round(float(optimize.minimize_scalar(lambda x: x, bounds=(2, 5), method="bounded").x), 3),
}
