# Erosion, dilation and distance transforms.
import numpy as np
from scipy import ndimage

m = np.zeros((7, 7), dtype=int)
m[1:6, 2:6] = 1
m[3, 3] = 0
d, idx = ndimage.distance_transform_edt(m, return_indices=True)
results = {
    "erosion": int(ndimage.binary_erosion(m).sum() * 10**10),
    "dilation": int(ndimage.binary_dilation(m).sum() * 10**10),
    "filled": int(ndimage.binary_fill_holes(m).sum() * 10**10),
    "opening": ndimage.binary_opening(m).astype(int).tolist(),
    "distance": d.tolist()[2],
    "nearest": idx[:, 2, 4].tolist(),
    "taxicab": ndimage.distance_transform_cdt(m, metric="taxicab").tolist(),
    "grey_closing": ndimage.grey_closing(np.array([5, 1, 5, 9]) * 10**9, 3).tolist(),
    "hit_or_miss": int(ndimage.binary_hit_or_miss(m, np.ones((2, 2))).sum()),
}
