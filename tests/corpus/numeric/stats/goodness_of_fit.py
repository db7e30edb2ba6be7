# Chi-square, Kolmogorov-Smirnov and normality tests.
import numpy as np
from scipy import stats

x = np.sort(np.random.default_rng(2).normal(size=60))
observed = np.array([18, 22, 39, 21])
chi = stats.chisquare(observed, [25, 25, 25, 25])
big = stats.chisquare(observed * 10**9)
results = {
    "chi": [float(chi.statistic), float(chi.pvalue)],
    "big_statistic": float(big.statistic),
    "ks": [float(v) for v in stats.kstest(x, "norm")],
    "ks_two": [float(v) for v in stats.ks_2samp(x, x + 0.4)],
    "shapiro": [round(float(v), 6) for v in stats.shapiro(x)],
    "normaltest": [float(v) for v in stats.normaltest(x)],
    "anderson": float(stats.anderson(x, method="interpolate").statistic),
    "contingency": [float(v) for v in stats.chi2_contingency([[10, 20], [30, 25]])[:3]],
    "fisher": [float(v) for v in stats.fisher_exact([[8, 2], [1, 5]])],
}
