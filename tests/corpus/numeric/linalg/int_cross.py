# Cross products and triple products of integer vectors.
import numpy as np

a = np.array([100_000, 200_000, -300_000])
b = np.array([-50_000, 70_000, 90_000])
x = np.array([0, 200_000, 200_000, 0])
y = np.array([0, 0, 150_000, 150_000])
results = {
    "cross": np.cross(a, b).tolist(),
    "triple": int(np.dot(np.cross(a, b), [1, 2, 3])),
    "lists": np.cross([2**20, 0, 0], [0, 2**20, 0]).tolist(),
    "rows": np.cross(np.array([a, b]), b[::-1]).tolist(),
    "polygon_area": int(x @ np.roll(y, -1) - y @ np.roll(x, -1)) // 2,
    "dtype": str(np.cross(a, b).dtype),
}
