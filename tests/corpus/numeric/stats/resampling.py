# Bootstrap, permutation tests and power with seeded generators.
import numpy as np
from scipy import stats

a = np.array([12.1, 11.4, 13.2, 12.8, 11.9, 12.5, 13.0])
b = np.array([11.0, 11.2, 12.0, 11.5, 10.9])
boot = stats.bootstrap((a,), np.mean, n_resamples=500, rng=np.random.default_rng(1), method="percentile")
perm = stats.permutation_test((a, b), lambda x, y, axis: x.mean(axis=axis) - y.mean(axis=axis), vectorized=True)
results = {
    "interval": [float(v) for v in boot.confidence_interval],
    "standard_error": float(boot.standard_error),
    "permutation_p": float(perm.pvalue),
    "exact_size": int(perm.null_distribution.size) * 10**8,
    "tukey": np.round(stats.tukey_hsd(a, b).pvalue, 6).tolist(),
    "false_discovery": stats.false_discovery_control([0.01, 0.04, 0.03, 0.5]).tolist(),
    "combined": [float(v) for v in stats.combine_pvalues([0.02, 0.1, 0.4])],
}
