# Legacy binomial results beyond 2**31 from a count within it, and sums of Poisson draws beyond it.
import numpy as np

r = np.random.RandomState(3)
b = r.binomial(2_000_000_000, 0.999, 4)
p = r.poisson(1e9, 5)
results = {
    "binomial": b.tolist(),
    "binomial_sum": int(b.sum()),
    "poisson": p.tolist(),
    "poisson_sum": int(p.sum()),
    "dtypes": [str(b.dtype), str(p.dtype)],
}
