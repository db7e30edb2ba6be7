# Signals filtered forwards, forwards-backwards and by median.
import numpy as np
from scipy import signal

t = np.arange(100) / 100
x = np.sin(2 * np.pi * 3 * t) + 0.3 * np.sin(2 * np.pi * 30 * t)
b, a = signal.butter(3, 0.2)
spiky = np.array([1, 1, 9 * 10**9, 1, 2, 2, -(10**10), 2])
results = {
    "lfilter": signal.lfilter(b, a, x)[[10, 50, 90]].tolist(),
    "filtfilt": signal.filtfilt(b, a, x)[[10, 50, 90]].tolist(),
    "sosfilt": signal.sosfilt(signal.butter(3, 0.2, output="sos"), x)[[10, 50, 90]].tolist(),
    "savgol": signal.savgol_filter(x, 11, 3)[[10, 50, 90]].tolist(),
    "medfilt": signal.medfilt(spiky, 3).tolist(),
    "moving_average": np.convolve(x, np.ones(5) / 5, mode="valid")[:3].tolist(),
    "integer_input": signal.lfilter([0.5, 0.5], [1.0], [10**9, 2 * 10**9, 3 * 10**9]).tolist(),
    "wiener": signal.wiener(x, 5)[[10, 50]].tolist(),
    "decimate": signal.decimate(x, 4)[[5, 12]].tolist(),
    "detrend": signal.detrend(np.arange(5) * 10**10 + np.array([0, 1, 0, 1, 0])).round(3).tolist(),
}
