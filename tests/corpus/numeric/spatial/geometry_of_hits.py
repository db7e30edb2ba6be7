# Detector hits on integer coordinates: areas, centroids and turning directions.
import numpy as np

p = np.array([[0, 0], [400_000, 0], [500_000, 300_000], [200_000, 500_000], [-100_000, 200_000]])
x, y = p.T
cross = x * np.roll(y, -1) - np.roll(x, -1) * y
e = np.roll(p, -1, axis=0) - p
turn = e[:, 0] * np.roll(e[:, 1], -1) - e[:, 1] * np.roll(e[:, 0], -1)
area2 = cross.sum()
results = {
    "cross": cross.tolist(),
    "area": int(area2) // 2,
    "convex": bool((turn > 0).all()),
    "turn": turn.tolist(),
    "centroid": [float(((v + np.roll(v, -1)) * cross).sum() / (3 * area2)) for v in (x, y)],
    "squared_lengths": (e**2).sum(axis=1).tolist(),
    "perimeter": float(np.hypot(*e.T).sum()),
    "dtype": str(cross.dtype),
}
