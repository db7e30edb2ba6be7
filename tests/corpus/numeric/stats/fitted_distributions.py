# Maximum-likelihood parameters of seeded samples.
import numpy as np
from scipy import stats

rng = np.random.default_rng(33)
normal = rng.normal(3, 0.7, 400)
expo = rng.exponential(2.5, 400)
gam = rng.gamma(3.0, 2.0, 400)
results = {
    "norm": [float(v) for v in stats.norm.fit(normal)],
    "expon": [float(v) for v in stats.expon.fit(expo, floc=0)],
    "gamma": [round(float(v), 4) for v in stats.gamma.fit(gam, floc=0)],
    "uniform": [float(v) for v in stats.uniform.fit(normal)],
    "rayleigh": [round(float(v), 5) for v in stats.rayleigh.fit(gam, floc=0)],
    "log_likelihood": float(stats.norm.logpdf(normal, *stats.norm.fit(normal)).sum()),
    "nnlf": float(stats.expon.nnlf((0, 2.5), expo)),
}
