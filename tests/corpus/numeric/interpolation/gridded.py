# Interpolation on regular grids in two and three dimensions.
import numpy as np
from scipy import interpolate

x = np.linspace(0, 4, 5)
y = np.linspace(0, 3, 4)
z = x[:, None] ** 2 + 3 * y
points = np.array([[0.5, 0.5], [3.3, 2.2]])
rgi = interpolate.RegularGridInterpolator((x, y), z)
spline = interpolate.RectBivariateSpline(x, y, z, kx=2, ky=2)
cube = np.arange(27).reshape(3, 3, 3) * 10**9
results = {
    "linear": rgi(points).tolist(),
    "nearest": interpolate.RegularGridInterpolator((x, y), z, method="nearest")(points).tolist(),
    "spline": spline.ev(points[:, 0], points[:, 1]).tolist(),
    "spline_integral": float(spline.integral(0, 4, 0, 3)),
    "interpn": interpolate.interpn((range(3),) * 3, cube, [[0.5, 1.5, 1.0]]).tolist(),
    "out_of_bounds": interpolate.RegularGridInterpolator((x, y), z, bounds_error=False)([9, 9]).tolist(),
}
