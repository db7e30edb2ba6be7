# Bessel, modified Bessel, spherical and Airy functions and their zeros.
import numpy as np
from scipy import special

x = np.array([0.5, 2.0, 7.5])
results = {
    "j0": special.j0(x).tolist(),
    "jv": special.jv(2.5, x).tolist(),
    "y1": special.y1(x).tolist(),
    "iv": special.iv(1, x).tolist(),
    "kv": special.kv(0.5, x).tolist(),
    "spherical": special.spherical_jn(2, x).tolist(),
    "zeros": special.jn_zeros(0, 3).tolist(),
    "derivative_zeros": special.jnp_zeros(1, 2).tolist(),
    "airy": [float(v) for v in special.airy(1.0)],
    "struve": special.struve(0, x).tolist(),
}
