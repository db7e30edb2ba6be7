# Gaussian kernel density estimates.
import numpy as np
from scipy import stats

x = np.array([1.0, 1.3, 2.2, 2.9, 3.1, 3.3, 5.8])
k = stats.gaussian_kde(x)
weighted = stats.gaussian_kde(x, weights=np.arange(1, 8))
two = stats.gaussian_kde(np.vstack([x, np.sin(x)]))
results = {
    "density": k([1, 3, 5]).tolist(),
    "factor": float(k.factor),
    "integral": float(k.integrate_box_1d(0, 4)),
    "weighted": weighted([1, 3, 5]).tolist(),
    "two_dim": two([[3.0], [0.2]]).tolist(),
    "silverman": float(stats.gaussian_kde(x, "silverman").factor),
    "resample": k.resample(2, seed=1).ravel().tolist(),
}
