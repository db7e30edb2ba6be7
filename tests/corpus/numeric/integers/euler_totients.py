# Divisor sums, totients and a summatory function by sieving.
import numpy as np

n = 20_000
phi = np.arange(n + 1)
sigma = np.zeros(n + 1, dtype=int)
for d in range(1, n + 1):
    sigma[d::d] += d
for p in range(2, n + 1):
    if phi[p] == p:
        phi[p::p] -= phi[p::p] // p
perfect = np.flatnonzero(sigma[1:] == 2 * np.arange(1, n + 1)) + 1
results = {
    "totient_sum": int(phi[1:].sum()),
    "sigma_sum": int(sigma.sum()),
    "sigma_squares": int((sigma**2).sum()),
    "perfect": perfect.tolist(),
    "perfect_scaled": (perfect * 10**10).tolist(),
    "largest": int(sigma.max()),
    "products": (phi[-3:] * sigma[-3:] * 1000).tolist(),
}
