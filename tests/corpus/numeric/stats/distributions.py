# Densities, tails and quantiles of common distributions.
from scipy import stats

results = {
    "norm": [float(v) for v in (stats.norm.pdf(0.3), stats.norm.cdf(1.96), stats.norm.sf(5), stats.norm.ppf(0.975))],
    "t": [float(stats.t.ppf(0.975, 7)), float(stats.t.sf(2.5, 12))],
    "chi2": [float(stats.chi2.cdf(3.84, 1)), float(stats.chi2.isf(0.01, 10))],
    "f": float(stats.f.sf(4.2, 3, 20)),
    "gamma": [float(v) for v in stats.gamma(2.5, scale=1.5).stats("mv")],
    "beta": stats.beta.ppf([0.1, 0.5], 2, 5).tolist(),
    "expon": float(stats.expon.cdf(1.2, scale=3)),
    "weibull": float(stats.weibull_min.pdf(0.8, 1.7)),
    "lognorm": float(stats.lognorm.mean(0.4)),
    "cauchy": float(stats.cauchy.ppf(0.9)),
    "entropy": float(stats.norm.entropy()),
    "interval": [float(v) for v in stats.norm.interval(0.68, loc=5, scale=2)],
}
