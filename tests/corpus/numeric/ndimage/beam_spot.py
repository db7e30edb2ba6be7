# A camera image reduced to beam size, tilt and projections.
import numpy as np
from scipy import ndimage

y, x = np.mgrid[0:60, 0:80]
u = (x - 42) * np.cos(0.4) + (y - 27) * np.sin(0.4)
v = -(x - 42) * np.sin(0.4) + (y - 27) * np.cos(0.4)
image = np.round(4e6 * np.exp(-((u / 9) ** 2 + (v / 4) ** 2) / 2)).astype(int)
total = image.sum()
cx, cy = (image * x).sum() / total, (image * y).sum() / total
sxx = (image * (x - cx) ** 2).sum() / total
syy = (image * (y - cy) ** 2).sum() / total
sxy = (image * (x - cx) * (y - cy)).sum() / total
results = {
    "total": int(total),
    "centroid": [float(cx), float(cy)],
    "sizes": np.sqrt(np.linalg.eigvalsh([[sxx, sxy], [sxy, syy]])).tolist(),
    "tilt": float(0.5 * np.arctan2(2 * sxy, sxx - syy)),
    "projection_sum": int(image.sum(axis=0).cumsum()[-1]),
    "second_moment": int((image * x * x).sum()),
    "smooth_peak": float(ndimage.gaussian_filter(image.astype(float), 2).max()),
}
