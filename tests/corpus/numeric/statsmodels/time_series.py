# Autocorrelation, autoregression and stationarity statistics.
import numpy as np
from statsmodels.tsa import stattools
from statsmodels.tsa.ar_model import AutoReg

e = np.random.default_rng(14).normal(size=300)
x = np.zeros(300)
for i in range(2, 300):
    x[i] = 0.6 * x[i - 1] - 0.3 * x[i - 2] + e[i]
adf = stattools.adfuller(x, maxlag=3, autolag=None)
ar = AutoReg(x, lags=2).fit()
results = {
    "acf": stattools.acf(x, nlags=4).tolist(),
    "pacf": stattools.pacf(x, nlags=3).tolist(),
    "ar": ar.params.tolist(),
    "adf": [float(adf[0]), int(adf[3])],
    "forecast": ar.forecast(3).tolist(),
    "ccf": stattools.ccf(x, np.roll(x, 1))[:3].tolist(),
    "q_stat": [float(v[-1]) for v in stattools.q_stat(stattools.acf(x, nlags=3)[1:], 300)],
}
