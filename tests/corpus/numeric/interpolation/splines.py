# Cubic, monotone and smoothing splines with derivatives and integrals.
import numpy as np
from scipy import interpolate

x = np.linspace(0, 2 * np.pi, 9)
y = np.sin(x)
c = interpolate.CubicSpline(x, y)
natural = interpolate.CubicSpline(x, y, bc_type="natural")
at = np.array([0.3, 1.7, 4.4])
results = {
    "cubic": c(at).tolist(),
    "derivative": c(at, 1).tolist(),
    "integral": float(c.integrate(0, np.pi)),
    "natural": natural(at).tolist(),
    "pchip": interpolate.PchipInterpolator(x, y)(at).tolist(),
    "akima": interpolate.Akima1DInterpolator(x, y)(at).tolist(),
    "bspline": interpolate.make_interp_spline(x, y, k=3)(at).tolist(),
    "univariate": interpolate.UnivariateSpline(x, y, s=0)(at).tolist(),
    "roots": [round(float(v), 9) for v in natural.roots(extrapolate=False)][1:2],
    "splrep": interpolate.splev(at, interpolate.splrep(x, y)).tolist(),
}
