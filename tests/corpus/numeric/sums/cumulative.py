# Running totals of integers.
import numpy as np

counts = np.array([1_500_000_000, 900_000_000, 2_000_000_000, 5])
m = counts.reshape(2, 2)
results = {
    "cumsum": counts.cumsum().tolist(),
    "axis0": np.cumsum(m, axis=0).tolist(),
    "axis1": m.cumsum(axis=1).tolist(),
    "accumulate": np.add.accumulate(counts).tolist(),
    "cumulative_sum": np.cumulative_sum(counts, include_initial=True).tolist(),
    "logical": np.cumsum(counts > 10**9).tolist(),
    "running_max": np.maximum.accumulate(counts).tolist(),
    "subtract_accumulate": np.subtract.accumulate(counts).tolist(),
    "dtype": str(counts.cumsum().dtype),
}
