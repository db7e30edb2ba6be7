# Less common continuous distributions of the modern generator.
import numpy as np

g = np.random.default_rng(6)
results = {
    "gumbel": g.gumbel(0, 1, 2).tolist(),
    "laplace": g.laplace(0, 1, 2).tolist(),
    "logistic": g.logistic(0, 1, 2).tolist(),
    "pareto": g.pareto(3, 2).tolist(),
    "power": g.power(2, 2).tolist(),
    "rayleigh": g.rayleigh(2, 2).tolist(),
    "triangular": g.triangular(-1, 0, 3, 2).tolist(),
    "vonmises": g.vonmises(0.5, 2, 2).tolist(),
    "wald": g.wald(1, 2, 2).tolist(),
    "standard_cauchy": g.standard_cauchy(2).tolist(),
    "noncentral_chisquare": g.noncentral_chisquare(3, 1.5, 2).tolist(),
    "dirichlet": g.dirichlet([1, 2, 3]).tolist(),
}
