# Differences, edge differences and gradients of integer sequences.
import numpy as np

t = np.array([0, 3_000_000_000, 5_000_000_000, 4_000_000_000])
small = np.array([-(2**31) + 1, 2**31 - 1])
results = {
    "diff": np.diff(t).tolist(),
    "diff2": np.diff(t, n=2).tolist(),
    "diff_over_range": np.diff(small).tolist(),
    "ediff1d": np.ediff1d(t, to_begin=-1, to_end=[10**10]).tolist(),
    "gradient": np.gradient(t).tolist(),
    "prepend": np.diff([2**31, 1], prepend=0).tolist(),
    "trapezoid": float(np.trapezoid(t)),
    "dtype": str(np.diff([1, 2]).dtype),
    "roundtrip": np.cumsum(np.diff(t, prepend=0)).tolist(),
}
