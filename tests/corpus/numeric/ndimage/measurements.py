# Region statistics and histograms of a labelled image.
import numpy as np
from scipy import ndimage

y, x = np.indices((12, 12))
image = (x * 31 + y * 17) % 149 * 80_000_000
region = (x // 4) + 3 * (y // 6) + 1
index = np.arange(1, 7)
results = {
    "sum": ndimage.sum(image, region, index).tolist(),
    "mean": ndimage.mean(image, region, index).tolist(),
    "std": ndimage.standard_deviation(image, region, index).tolist(),
    "median": ndimage.median(image, region, index).tolist(),
    "minimum_position": [[int(u) for u in p] for p in ndimage.minimum_position(image, region, index)],
    "histogram": ndimage.histogram(image, 0, 12 * 10**9, 4).tolist(),
    "extrema": [int(v) for v in ndimage.extrema(image)[:2]],
    "total": int(image.sum()),
    "by_bincount": np.bincount(region.ravel(), weights=image.ravel())[1:].tolist(),
}
