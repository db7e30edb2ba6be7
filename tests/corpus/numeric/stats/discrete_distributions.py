# Probabilities of discrete distributions, at large counts too.
import numpy as np
from scipy import stats

k = np.arange(5)
results = {
    "poisson": stats.poisson.pmf(k, 2.3).tolist(),
    "poisson_tail": float(stats.poisson.sf(10, 3.5)),
    "binom": stats.binom.pmf(k, 20, 0.15).tolist(),
    "binom_cdf": float(stats.binom.cdf(7, 30, 0.2)),
    "geom": stats.geom.cdf(k, 0.3).tolist(),
    "hypergeom": stats.hypergeom.pmf(k, 50, 10, 12).tolist(),
    "nbinom": float(stats.nbinom.mean(5, 0.3)),
    "ppf": [float(v) for v in stats.poisson.ppf([0.1, 0.9], 5e9)],
    "big_pmf": round(float(stats.binom.logpmf(10**9, 2 * 10**9, 0.5)), 6),
    "multinomial": float(stats.multinomial.pmf([1, 2, 3], n=6, p=[0.2, 0.3, 0.5])),
}
