# Weighted averages and moments of large integer counts.
import numpy as np

energy = np.arange(1, 6) * 1_000
counts = np.array([3_000_000, 7_000_000, 9_000_000, 4_000_000, 1_000_000])
mean = np.average(energy, weights=counts)
results = {
    "numerator": int((energy * counts).sum()),
    "mean": float(mean),
    "variance": float(np.average((energy - mean) ** 2, weights=counts)),
    "dot": int(energy @ counts),
    "second_moment": int((energy**2 * counts).sum()),
    "returned": [float(v) for v in np.average(energy, weights=counts, returned=True)],
}
