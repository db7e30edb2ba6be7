# Interpolation of scattered points.
import numpy as np
from scipy import interpolate

p = np.array([[0, 0], [1, 0], [0, 1], [1, 1], [0.4, 0.6]])
v = 2 * p[:, 0] - p[:, 1] + 1
at = np.array([[0.5, 0.3], [0.2, 0.7]])
rbf = interpolate.RBFInterpolator(p, v, kernel="thin_plate_spline")
results = {
    "linear": interpolate.griddata(p, v, at, method="linear").tolist(),
    "nearest": interpolate.griddata(p, v, at, method="nearest").tolist(),
    "rbf": rbf(at).round(9).tolist(),
    "outside_is_nan": bool(np.isnan(interpolate.griddata(p, v, [[2, 2]], method="linear")[0])),
    "nearest_nd": interpolate.NearestNDInterpolator(p, np.arange(5) * 10**10)(at).tolist(),
}
