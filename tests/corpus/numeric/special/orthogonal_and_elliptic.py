# Orthogonal polynomials, elliptic integrals and zeta functions.
import numpy as np
from scipy import special

results = {
    "legendre": special.eval_legendre(4, [0.1, 0.7]).tolist(),
    "chebyt": special.eval_chebyt(5, [0.3]).tolist(),
    "hermite": special.eval_hermite(3, [0.5]).tolist(),
    "laguerre": special.eval_genlaguerre(3, 1.5, [2.0]).tolist(),
    "coefficients": special.legendre(3).coeffs.round(9).tolist(),
    "ellipk": special.ellipk([0.1, 0.9]).tolist(),
    "ellipe": special.ellipe([0.1, 0.9]).tolist(),
    "zeta": special.zeta([2.0, 3.5]).tolist(),
    "expi": special.expi([0.5, 2.0]).tolist(),
    "lambertw": special.lambertw([0.5, 3.0]).real.tolist(),
    "sph_harm": abs(complex(special.sph_harm_y(2, 1, 0.5, 0.7))),
    "hyp2f1": float(special.hyp2f1(1, 2, 3, 0.4)),
    "sinc": np.sinc([0.25, 1.5]).tolist(),
}
