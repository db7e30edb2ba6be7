# Shifts, zooms, rotations and coordinate maps.
import numpy as np
from scipy import ndimage

a = np.arange(16.0).reshape(4, 4)
results = {
    "shift": ndimage.shift(a, (0, 1), order=1).tolist(),
    "zoom": ndimage.zoom(a, 0.5, order=1).tolist(),
    "rotate": ndimage.rotate(a, 90).round(9).tolist(),
    "map": ndimage.map_coordinates(a, [[0.5, 2.25], [1.5, 0.75]], order=1).tolist(),
    "cubic": ndimage.map_coordinates(a, [[1.5], [1.5]], order=3).tolist(),
    "affine": ndimage.affine_transform(a, [1, 0.5], order=1).tolist(),
    "wrap": ndimage.shift(np.arange(5), 2, mode="grid-wrap", order=0).tolist(),
    "int_shift": ndimage.shift(np.arange(4) * 10**9, 1, order=0, cval=-1).tolist(),
    "spline": ndimage.spline_filter1d(np.array([0.0, 1, 0, 2, 0])).tolist(),
}
