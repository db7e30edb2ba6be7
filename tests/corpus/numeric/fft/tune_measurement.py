# A betatron tune interpolated from a windowed turn-by-turn spectrum.
import numpy as np

turns = np.arange(1024)
x = 2.0 * np.cos(2 * np.pi * 0.2718 * turns + 0.3) * np.exp(-turns / 4000)
spec = np.abs(np.fft.rfft(x * np.hanning(turns.size)))
k = int(spec[1:].argmax()) + 1
a, b, c = np.log(spec[k - 1 : k + 2])
tune = (k + 0.5 * (a - c) / (a - 2 * b + c)) / turns.size
results = {"peak_bin": k, "tune": float(tune), "tune_4": f"{tune:.4f}", "peak": float(spec[k])}
