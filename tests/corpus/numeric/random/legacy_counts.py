# Discrete legacy distributions: values and dtypes.
import numpy as np

r = np.random.RandomState(7)
draws = {
    "poisson": r.poisson(4.5, 6),
    "poisson_large": r.poisson(1e9, 4),
    "binomial": r.binomial(20, 0.3, 6),
    "binomial_large": r.binomial(10**9, 0.7, 3),
    "geometric": r.geometric(0.2, 6),
    "hypergeometric": r.hypergeometric(15, 20, 10, 6),
    "negative_binomial": r.negative_binomial(5, 0.4, 6),
    "logseries": r.logseries(0.7, 6),
    "zipf": r.zipf(3.0, 6),
}
results = {k: [v.tolist(), str(v.dtype)] for k, v in draws.items()}
results["poisson_total"] = int(r.poisson(1e9, 10).sum())
