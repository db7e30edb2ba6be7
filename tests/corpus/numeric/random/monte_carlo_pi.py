# A Monte Carlo estimate of pi from hits in a quarter circle.
import numpy as np

rng = np.random.default_rng(1234)
x, y = rng.random((2, 200_000))
inside = x * x + y * y < 1
hits = inside.sum()
p = hits / inside.size
results = {
    "hits": int(hits),
    "hits_scaled": int(hits * 10**9),
    "pi": float(4 * p),
    "error": float(4 * np.sqrt(p * (1 - p) / inside.size)),
}
