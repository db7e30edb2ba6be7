# Power spectra, coherence and spectrograms.
import numpy as np
from scipy import signal

fs = 200
t = np.arange(1000) / fs
x = np.sin(2 * np.pi * 25 * t) + 0.5 * np.sin(2 * np.pi * 60 * t + 1)
y = np.cos(2 * np.pi * 25 * t) + 0.1 * np.sin(2 * np.pi * 10 * t)
f, p = signal.welch(x, fs, nperseg=200)
f2, c = signal.csd(x, y, fs, nperseg=200)
sf, _, sxx = signal.spectrogram(x, fs, nperseg=100)
results = {
    "welch_peak": float(f[p.argmax()]),
    "welch_power": float(p.max()),
    "total_power": float(np.trapezoid(p, f)),
    "periodogram_peak": float(signal.periodogram(x, fs)[1].max()),
    "cross_phase": float(np.angle(c[f2 == 25][0])),
    "spectrogram_shape": list(sxx.shape),
    "spectrogram_peak": float(sf[sxx.mean(axis=1).argmax()]),
    "lombscargle": float(np.argmax(signal.lombscargle(t[::7], x[::7], 2 * np.pi * np.array([20.0, 25, 31])))),
    "envelope": float(np.abs(signal.hilbert(x)).mean()),
}
