# Combinatorial tables filled in place in an integer array.
import numpy as np

catalan = np.ones(31, dtype=int)
for n in range(1, 31):
    catalan[n] = sum(catalan[:n] * catalan[:n][::-1])
stirling = np.zeros((21, 21), int)
stirling[0, 0] = 1
for n in range(1, 21):
    for k in range(1, n + 1):
        stirling[n, k] = k * stirling[n - 1, k] + stirling[n - 1, k - 1]
results = {
    "catalan": catalan[[5, 10, 20, 30]].tolist(),
    "stirling_20": stirling[20, 1:].tolist(),
    "bell_20": int(stirling[20].sum()),
}
