# Fits, roots and domains of the Polynomial class.
import numpy as np
from numpy.polynomial import Polynomial

x = np.linspace(0, 10, 21)
fit = Polynomial.fit(x, 2 - 3 * x + 0.5 * x**2, 2)
p = Polynomial([6, -5, 1])
results = {
    "converted": fit.convert().coef.round(9).tolist(),
    "domain": fit.domain.tolist(),
    "roots": p.roots().tolist(),
    "product": (p * p).coef.tolist(),
    "power": (p**3).coef.tolist(),
    "derivative": p.deriv(2).coef.tolist(),
    "integral_value": float(p.integ()(3) - p.integ()(0)),
    "divmod": [v.coef.tolist() for v in divmod(p**2, Polynomial([1, 1]))],
    "linspace": [v.tolist() for v in p.linspace(3)],
    "cutdeg": fit.convert().cutdeg(1).coef.round(9).tolist(),
}
