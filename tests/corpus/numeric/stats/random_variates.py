# Seeded variates from frozen distributions.
import numpy as np
from scipy import stats

rng = np.random.default_rng(21)
results = {
    "norm": stats.norm.rvs(loc=2, scale=3, size=3, random_state=5).tolist(),
    "poisson": stats.poisson.rvs(7, size=6, random_state=5).tolist(),
    "poisson_dtype": str(stats.poisson.rvs(7, size=2, random_state=5).dtype),
    "randint": stats.randint.rvs(0, 100, size=5, random_state=1).tolist(),
    "randint_scaled": (stats.randint.rvs(1, 7, size=4, random_state=2) * 10**10).tolist(),
    "binom_generator": stats.binom.rvs(100, 0.25, size=5, random_state=rng).tolist(),
    "expon": stats.expon.rvs(scale=2, size=2, random_state=rng).tolist(),
    "uniform": stats.uniform(-1, 2).rvs(size=2, random_state=3).tolist(),
    "qmc_halton": stats.qmc.Halton(2, scramble=False).random(4).tolist(),
    "qmc_sobol": stats.qmc.Sobol(2, scramble=False).random(4).tolist(),
    "discrete": stats.rv_discrete(values=([1, 2, 3], [0.2, 0.3, 0.5])).rvs(size=6, random_state=4).tolist(),
}
