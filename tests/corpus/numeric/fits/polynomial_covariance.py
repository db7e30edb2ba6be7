# A quadratic fit with its covariance and weighted errors.
import numpy as np

x = np.linspace(-2, 2, 15)
y = 1 - 2 * x + 0.5 * x**2 + 0.05 * np.cos(9 * x)
coef, cov = np.polyfit(x, y, 2, cov=True)
weighted = np.polyfit(x, y, 2, w=1 / (0.1 + x**2))
results = {
    "coef": coef.tolist(),
    "errors": np.sqrt(np.diag(cov)).tolist(),
    "weighted": weighted.tolist(),
    "r_squared": float(1 - ((y - np.polyval(coef, x)) ** 2).sum() / ((y - y.mean()) ** 2).sum()),
    "vertex": float(-coef[1] / (2 * coef[0])),
}
