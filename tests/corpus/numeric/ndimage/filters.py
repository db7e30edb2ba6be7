# Smoothing, derivative and rank filters.
import numpy as np
from scipy import ndimage

y, x = np.mgrid[0:7, 0:7]
a = (x - 3.0) ** 2 + 2 * y
i = np.arange(9) * 10**9
results = {
    "gaussian": ndimage.gaussian_filter(a, 1.0)[3].tolist(),
    "uniform_int": ndimage.uniform_filter1d(i, 3).tolist(),
    "uniform_dtype": str(ndimage.uniform_filter1d(i, 3).dtype),
    "median": ndimage.median_filter(i, 3).tolist(),
    "maximum": ndimage.maximum_filter(i, 3).tolist(),
    "sobel": ndimage.sobel(a, axis=1)[3].tolist(),
    "laplace": ndimage.laplace(a)[3].tolist(),
    "convolve": ndimage.convolve1d(i, [1, 1, 1]).tolist(),
    "correlate": ndimage.correlate(a, np.ones((3, 3)))[0].tolist(),
    "percentile": ndimage.percentile_filter(i, 80, size=5).tolist(),
    "generic": ndimage.generic_filter1d(a[0], lambda v, out: np.copyto(out, v[1:-1] * 2), 3).tolist(),
}
