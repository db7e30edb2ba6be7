# Accepted triggers of a counter with a fixed dead time.
import numpy as np

rng = np.random.default_rng(64)
t = np.cumsum(rng.exponential(900, 3000)).astype(int)
accepted = []
last = -(10**9)
for x in t:
    if x - last >= 500:
        accepted.append(x)
        last = x
accepted = np.array(accepted)
live = accepted[-1] - 500 * len(accepted)
results = {
    "dtype": str(accepted.dtype),
    "accepted": len(accepted),
    "last_ns": int(accepted[-1]),
    "sum_times": int(accepted.sum()),
    "sum_squares": int((accepted**2).sum()),
    "corrected_rate": float(len(accepted) / live),
    "histogram": np.histogram(np.diff(accepted), bins=[0, 1000, 2000, 4000, 10**5])[0].tolist(),
}
