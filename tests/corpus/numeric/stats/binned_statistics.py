# Statistics in bins and cumulative frequencies.
import numpy as np
from scipy import stats

x = np.arange(100) * 0.1
v = np.arange(100) * 10**9
s = stats.binned_statistic(x, v, "sum", bins=4)
results = {
    "sum": s.statistic.tolist(),
    "count": (stats.binned_statistic(x, v, "count", bins=4).statistic * 10**10).tolist(),
    "edges": s.bin_edges.tolist(),
    "binnumber": (s.binnumber[[0, 30, 99]] * 10**10).tolist(),
    "median": stats.binned_statistic(x, v, "median", bins=[0, 5, 10]).statistic.tolist(),
    "two_dim": stats.binned_statistic_2d(x, x[::-1], v, "mean", bins=2).statistic[0, 1].item(),
    "cumfreq": stats.cumfreq(x, numbins=4).cumcount.tolist(),
    "relfreq": stats.relfreq(x, numbins=4).frequency.tolist(),
}
