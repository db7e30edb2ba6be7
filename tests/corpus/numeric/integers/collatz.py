# Collatz trajectories whose peaks pass 2**31.
import numpy as np

start = np.array([27, 77671, 113383, 159487, 704511])
x = start.copy()
peak = x.copy()
steps = np.zeros_like(x)
for _ in range(300):
    live = x != 1
    x = np.where(live, np.where(x % 2 == 0, x // 2, 3 * x + 1), x)
    peak = np.maximum(peak, x)
    steps += live
results = {"peak": peak.tolist(), "steps": steps.tolist(), "dtype": str(peak.dtype)}
