# Lowess, exponential smoothing and seasonal decomposition.
import numpy as np
import statsmodels.api as sm
from statsmodels.tsa.filters.hp_filter import hpfilter
from statsmodels.tsa.holtwinters import SimpleExpSmoothing
from statsmodels.tsa.seasonal import seasonal_decompose

t = np.arange(48)
y = 10 + 0.2 * t + 3 * np.sin(2 * np.pi * t / 12) + 0.1 * np.cos(5 * t)
d = seasonal_decompose(y, period=12)
_, trend = hpfilter(y, 1600)
simple = SimpleExpSmoothing(y, initialization_method="known", initial_level=10)
results = {
    "lowess": sm.nonparametric.lowess(y, t, frac=0.3, return_sorted=False)[[5, 25, 40]].tolist(),
    "trend": d.trend[6:9].tolist(),
    "seasonal": d.seasonal[:4].tolist(),
    "hp_trend": trend[[0, 20, 47]].tolist(),
    "simple": simple.fit(0.3, optimized=False).forecast(1).tolist(),
    "moving_average": sm.tsa.filters.convolution_filter(y, np.ones(3) / 3)[1:4].tolist(),
}
