# Chebyshev, Legendre, Hermite and Laguerre series.
import numpy as np
from numpy.polynomial import chebyshev, hermite, laguerre, legendre

x = np.array([-0.5, 0.0, 0.8])
results = {
    "chebyshev": chebyshev.chebval(x, [1, 2, 3]).tolist(),
    "cheb_to_poly": chebyshev.cheb2poly([0, 0, 0, 0, 1]).tolist(),
    "legendre": legendre.legval(x, [0, 0, 0, 1]).tolist(),
    "leg_to_poly": legendre.leg2poly([0, 0, 0, 1]).tolist(),
    "hermite": hermite.hermval(x, [0, 0, 0, 1]).tolist(),
    "laguerre": laguerre.lagval(x, [0, 0, 1]).tolist(),
    "interpolate": chebyshev.chebinterpolate(np.exp, 4).tolist(),
    "cheb_multiply": chebyshev.chebmul([1, 2], [3, 4]).tolist(),
    "legendre_fit": legendre.legfit(np.linspace(-1, 1, 9), np.linspace(-1, 1, 9) ** 3, 3).round(9).tolist(),
}
