# Nearest, previous and polynomial interpolation of integer tables.
import numpy as np
from scipy import interpolate

x = np.arange(5)
y = np.array([0, 10**10, 4, 9, 16])
results = {
    "nearest": interpolate.interp1d(x, y, kind="nearest")([0.4, 3.6]).tolist(),
    "previous": interpolate.interp1d(x, y, kind="previous")([1.9]).tolist(),
    "quadratic": interpolate.interp1d(x, x**2, kind="quadratic")([2.5]).tolist(),
    "lagrange": interpolate.lagrange([0, 1, 2], [1, 3, 9]).coeffs.round(9).tolist(),
    "barycentric": float(interpolate.BarycentricInterpolator(x, x**3)(2.5)),
    "krogh": interpolate.KroghInterpolator([0, 0, 1], [0, 1, 2])([0.5]).tolist(),
    "extrapolated": interpolate.interp1d(x, x * 2.0, fill_value="extrapolate")([10]).tolist(),
    "bounds": interpolate.interp1d(x, x, bounds_error=False, fill_value=-1)([9]).tolist(),
}
