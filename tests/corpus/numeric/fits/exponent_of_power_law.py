# A power-law exponent from a straight line in logarithms.
import numpy as np

n = np.array([10, 100, 1000, 10_000, 100_000])
work = 3 * n**2 + 5 * n
slope, offset = np.polyfit(np.log(n), np.log(work), 1)
results = {
    "work": work.tolist(),
    "dtype": str(work.dtype),
    "exponent": float(slope),
    "prefactor": float(np.exp(offset)),
    "log2_ratios": np.diff(np.log2(work)).tolist(),
}
