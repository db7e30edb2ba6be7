# Distance matrices under several metrics.
import numpy as np
from scipy.spatial import distance

a = np.array([[0, 0], [3, 4], [6, 8]])
big = a * 10**6
results = {
    "pdist": distance.pdist(a).tolist(),
    "squareform": distance.squareform(distance.pdist(a)).tolist(),
    "cityblock": distance.cdist(a, [[1, 1]], "cityblock").ravel().tolist(),
    "sqeuclidean": distance.cdist(big, big, "sqeuclidean")[0].tolist(),
    "integer_broadcast": ((big[:, None] - big) ** 2).sum(axis=2).tolist(),
    "chebyshev": float(distance.chebyshev(a[0], a[1])),
    "cosine": float(distance.cosine([1, 2], [2, 1])),
    "hamming": float(distance.hamming([1, 0, 1], [1, 1, 1])),
    "mahalanobis": float(distance.mahalanobis([1, 2], [0, 0], np.diag([1.0, 0.25]))),
    "minkowski": float(distance.minkowski([0, 0], [1, 2], 3)),
    "nearest": (distance.cdist(a, a[::-1]).argmin(axis=1) * 10**10).tolist(),
}
