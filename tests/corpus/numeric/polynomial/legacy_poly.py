# Roots, products and derivatives with the poly1d interface.
import numpy as np

p = np.poly1d([1, -6, 11, -6])
q = np.poly1d([100_000, 3])
results = {
    "roots": np.sort(p.roots.real).round(9).tolist(),
    "value": int(p(1000)),
    "big_value": int(q(10**6) * q(1)),
    "product": (q * q).coeffs.tolist(),
    "derivative": p.deriv().coeffs.tolist(),
    "integral": p.integ().coeffs.tolist(),
    "from_roots": np.poly([1, 2, 3]).tolist(),
    "divide": [c.tolist() for c in np.polydiv([1, -3, 2], [1, -1])],
    "polymul": np.polymul([2**20, 1], [2**20, 1]).tolist(),
    "printed": str(p),
    "dtype": str(p.coeffs.dtype),
}
