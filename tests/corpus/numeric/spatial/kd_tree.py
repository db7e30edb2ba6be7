# Nearest neighbours and range queries of a k-d tree.
import numpy as np
from scipy.spatial import cKDTree

p = np.random.default_rng(9).random((200, 2))
tree = cKDTree(p)
d, i = tree.query([[0.5, 0.5], [0.1, 0.9]], k=3)
results = {
    "distances": d.tolist(),
    "neighbours": i.tolist(),
    "scaled": (i[0] * 10**10).tolist(),
    "dtype": str(i.dtype),
    "ball": sorted(tree.query_ball_point([0.3, 0.3], 0.1)),
    "pairs": len(tree.query_pairs(0.05)) * 10**9,
    "count": int(tree.count_neighbors(tree, 0.1)) * 10**8,
    "mean_spacing": float(tree.query(p, k=2)[0][:, 1].mean()),
}
