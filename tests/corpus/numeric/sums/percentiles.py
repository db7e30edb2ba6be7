# Quantiles of wide integer samples by several methods.
import numpy as np

a = np.arange(1, 12) ** 3 * 10**7
results = {
    "median": float(np.median(a)),
    "percentile": np.percentile(a, [5, 25, 50, 90]).tolist(),
    "lower": np.percentile(a, [33, 66], method="lower").tolist(),
    "lower_dtype": str(np.percentile(a, 33, method="lower").dtype),
    "nearest": int(np.quantile(a, 0.81, method="nearest")),
    "weibull": np.quantile(a, [0.1, 0.9], method="weibull").tolist(),
    "axis": np.quantile(a[:10].reshape(2, 5), 0.5, axis=1).tolist(),
    "ptp": int(np.ptp(a)),
}
