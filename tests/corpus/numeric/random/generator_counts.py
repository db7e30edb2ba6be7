# Discrete distributions of the modern generator.
import numpy as np

g = np.random.default_rng(11)
draws = {
    "poisson": g.poisson(3.2, 6),
    "poisson_large": g.poisson(4e10, 3),
    "binomial": g.binomial(30, 0.4, 6),
    "binomial_large": g.binomial(10**11, 0.5, 3),
    "geometric": g.geometric(0.05, 6),
    "hypergeometric": g.hypergeometric(50, 60, 20, 5),
    "negative_binomial": g.negative_binomial(3.5, 0.2, 5),
    "logseries": g.logseries(0.9, 5),
    "zipf": g.zipf(2.5, 6),
    "multinomial": g.multinomial(100, [0.2, 0.3, 0.5]),
    "multivariate_hypergeometric": g.multivariate_hypergeometric([10, 20, 30], 15),
}
results = {k: [v.tolist(), str(v.dtype)] for k, v in draws.items()}
