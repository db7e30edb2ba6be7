# Delays between signals from their cross-correlation.
import numpy as np
from scipy import signal

a = np.array([0, 0, 1, 5, 9, 4, 1, 0, 0, 0, 0, 0])
b = np.roll(a, 3)
c = signal.correlate(b * 10**5, a * 10**5)
lags = signal.correlation_lags(b.size, a.size)
results = {
    "lag": int(lags[c.argmax()]),
    "lag_scaled": int(lags[c.argmax()] * 10**10),
    "peak": int(c.max()),
    "dtype": str(c.dtype),
    "direct": signal.convolve([2**20, 2**20], [2**20, 3], method="direct").tolist(),
    "convolve2d": signal.convolve2d(np.full((3, 3), 10**5), np.full((2, 2), 10**5), mode="valid").tolist(),
    "correlate2d": int(signal.correlate2d(np.full((3, 3), 10**5), np.full((3, 3), 10**5), mode="valid")[0, 0]),
    "oaconvolve": signal.oaconvolve(a.astype(float), [1, 2, 1]).round(9).tolist(),
    "deconvolve": signal.deconvolve([1, 5, 8, 4], [1, 2])[0].tolist(),
}
