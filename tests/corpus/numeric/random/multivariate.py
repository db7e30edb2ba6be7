# Correlated Gaussian samples through a Cholesky factor.
import numpy as np

g = np.random.default_rng(31)
cov = np.array([[4.0, 1.2], [1.2, 0.9]])
direct = g.multivariate_normal([1, -1], cov, size=2000, method="cholesky")
manual = np.random.default_rng(32).standard_normal((2000, 2)) @ np.linalg.cholesky(cov).T
results = {
    "head": direct[:2].tolist(),
    "mean": direct.mean(axis=0).tolist(),
    "cov": np.cov(direct, rowvar=False).tolist(),
    "manual_cov": np.cov(manual.T).tolist(),
    "corrcoef": float(np.corrcoef(manual.T)[0, 1]),
}
