# Vandermonde matrices of integers and interpolation through them.
import numpy as np

x = np.array([10, 100, 1000, 2000])
v = np.vander(x, increasing=True)
coef = np.linalg.solve(np.vander([0.0, 1, 2, 3], increasing=True), [1, 2, 9, 28])
results = {
    "vander": v.tolist(),
    "dtype": str(v.dtype),
    "interpolating": coef.round(9).tolist(),
    "polyvander": np.polynomial.polynomial.polyvander(x, 3)[-1].tolist(),
    "polyvander2d": np.polynomial.polynomial.polyvander2d([1, 2], [3, 4], [1, 1]).tolist(),
    "det": float(np.linalg.det(np.vander([1.0, 2, 4]))),
}
