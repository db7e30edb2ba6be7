# Closed forms for triangular, square-pyramidal and cube sums on large arguments.
import numpy as np

n = np.array([1_000, 65_536, 100_000, 1_000_000])
tri = n * (n + 1) // 2
results = {
    "triangular": tri.tolist(),
    "pyramidal": (n[:3] * (n[:3] + 1) * (2 * n[:3] + 1) // 6).tolist(),
    "cubes": (tri**2)[:3].tolist(),
    "matches_sum": int(np.arange(1, 100_001).sum()) == int(tri[2]),
    "is_integer": str(tri.dtype),
}
