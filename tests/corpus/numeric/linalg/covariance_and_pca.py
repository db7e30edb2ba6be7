# Covariances and principal variances of correlated data.
import numpy as np

t = np.arange(50)
data = np.column_stack([t, 2 * t + 3 * np.sin(t), 5 * np.cos(0.7 * t)])
cov = np.cov(data, rowvar=False)
w = np.linalg.eigvalsh(cov)[::-1]
mixed = np.array([3_000_000, 1_000_000, 2_000_000])
results = {
    "cov": cov.tolist(),
    "explained": (w / w.sum()).tolist(),
    "corr": np.corrcoef(data.T).tolist(),
    "int_cov": np.cov(mixed, [1, 2, 3]).tolist(),
    "int_var": float(mixed.var()),
    "mahalanobis": float(data[0] @ np.linalg.solve(cov, data[0])),
}
