# A Poisson-noised camera image and its projections.
import numpy as np

y, x = np.mgrid[0:40, 0:50]
mean = 50_000_000 * np.exp(-(((x - 22) / 6) ** 2 + ((y - 18) / 4) ** 2) / 2) + 100
image = np.random.default_rng(4).poisson(mean)
total = image.sum()
results = {
    "dtype": str(image.dtype),
    "total": int(total),
    "centroid": [float((image * x).sum() / total), float((image * y).sum() / total)],
    "peak": [int(v) for v in np.unravel_index(image.argmax(), image.shape)],
    "projection": image.sum(axis=0)[18:26].tolist(),
    "moment": int((image * x).sum()),
}
