# Legacy Poisson and binomial means beyond 2**31.
import numpy as np

r = np.random.RandomState(3)
p = r.poisson(5e10, 5)
b = r.binomial(10**12, 0.25, 3)
results = {
    "poisson": p.tolist(),
    "binomial": b.tolist(),
    "relative": np.round(p / 5e10, 4).tolist(),
    "dtype": str(p.dtype),
}
