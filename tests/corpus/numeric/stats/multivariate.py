# Multivariate normal and other matrix-valued distributions.
import numpy as np
from scipy import stats

cov = np.array([[2.0, 0.5], [0.5, 1.0]])
m = stats.multivariate_normal([1, -1], cov)
results = {
    "pdf": m.pdf([[1, -1], [0, 0]]).tolist(),
    "logpdf": float(m.logpdf([2, 2])),
    "cdf": round(float(m.cdf([1, 0])), 4),
    "entropy": float(m.entropy()),
    "dirichlet": float(stats.dirichlet.pdf([0.2, 0.3, 0.5], [1.5, 2, 3])),
    "wishart_mean": stats.wishart(5, cov).mean().tolist(),
    "t": float(stats.multivariate_t([0, 0], cov, df=4).pdf([0.5, 0.5])),
}
