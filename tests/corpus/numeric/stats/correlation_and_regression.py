# Correlation coefficients and simple regressions.
import numpy as np
from scipy import stats

x = np.array([1, 2, 3, 4, 5, 6, 7, 8])
y = np.array([2.1, 3.9, 6.2, 7.8, 10.1, 12.2, 13.8, 16.5])
fit = stats.linregress(x * 10**9, y)
results = {
    "pearson": [float(v) for v in stats.pearsonr(x, y)],
    "spearman": [float(v) for v in stats.spearmanr(x, -(y**2))],
    "kendall": [float(v) for v in stats.kendalltau(x, [1, 3, 2, 4, 6, 5, 8, 7])],
    "linregress": [float(fit.slope), float(fit.intercept), float(fit.rvalue), float(fit.stderr)],
    "theilsen": [float(v) for v in stats.theilslopes(y, x)],
    "siegel": [float(v) for v in stats.siegelslopes(y, x)],
    "point_biserial": float(stats.pointbiserialr(x > 4, y).statistic),
}
