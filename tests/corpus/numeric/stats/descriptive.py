# Moments, modes, trimmed and robust summaries of integers and floats.
import numpy as np
from scipy import stats

a = np.array([3, 7, 7, 2, 9, 40, 7, 5])
big = a * 10**9
d = stats.describe(big)
results = {
    "range": [int(d.nobs), *(int(v) for v in d.minmax)],
    "moments": [float(v) for v in (d.mean, d.variance, d.skewness, d.kurtosis)],
    "mode": [int(v) for v in stats.mode(big)],
    "gmean": float(stats.gmean(a)),
    "hmean": float(stats.hmean(a)),
    "trim_mean": float(stats.trim_mean(big, 0.2)),
    "iqr": float(stats.iqr(a)),
    "mad": float(stats.median_abs_deviation(a)),
    "zscore": stats.zscore(a).tolist(),
    "rank": stats.rankdata(big).tolist(),
    "rank_dense": (stats.rankdata(a, method="dense") * 10**10).tolist(),
    "percentile_of_score": float(stats.percentileofscore(a, 7)),
    "sem": float(stats.sem(big)),
    "moment": float(stats.moment(a, 3)),
    "entropy": float(stats.entropy(a)),
}
