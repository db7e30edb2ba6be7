# Labelled regions, their sums, sizes and centres.
import numpy as np
from scipy import ndimage

a = np.array([[0, 5, 6, 0, 0], [0, 8, 0, 0, 7], [0, 0, 0, 9, 4], [3, 0, 0, 0, 0]]) * 10**9
label, n = ndimage.label(a)
index = np.arange(1, n + 1)
results = {
    "count": int(n),
    "labels": label.tolist(),
    "sums": ndimage.sum_labels(a, label, index).tolist(),
    "sizes": np.bincount(label.ravel()).tolist(),
    "sizes_scaled": (np.bincount(label.ravel()) * 10**10).tolist(),
    "centres": [[float(u) for u in c] for c in ndimage.center_of_mass(a, label, index)],
    "maxima": ndimage.maximum(a, label, index).tolist(),
    "positions": [[int(u) for u in c] for c in ndimage.maximum_position(a, label, index)],
    "objects": [[[s.start, s.stop] for s in o] for o in ndimage.find_objects(label)],
    "diagonal": int(ndimage.label(a, structure=np.ones((3, 3)))[1]),
}
