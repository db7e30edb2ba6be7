# Continuous distributions of the modern generator.
import numpy as np

g = np.random.default_rng(5)
results = {
    "random": g.random(3).tolist(),
    "uniform": g.uniform(-5, 5, 2).tolist(),
    "normal": g.normal(1, 0.5, 3).tolist(),
    "standard_normal_f4": g.standard_normal(2, dtype=np.float32).astype(float).round(5).tolist(),
    "exponential": g.exponential(2, 2).tolist(),
    "gamma": g.gamma(0.7, 2, 2).tolist(),
    "beta": g.beta(0.5, 0.5, 2).tolist(),
    "chisquare": g.chisquare(3, 2).tolist(),
    "f": g.f(4, 7, 2).tolist(),
    "standard_t": g.standard_t(5, 2).tolist(),
    "lognormal": g.lognormal(0, 0.3, 2).tolist(),
    "weibull": g.weibull(1.5, 2).tolist(),
}
