# The strongest lines of a sampled two-tone signal.
import numpy as np

rate = 1000
t = np.arange(2000) / rate
x = 1.5 * np.sin(2 * np.pi * 50 * t) + 0.5 * np.cos(2 * np.pi * 120.5 * t) + 0.2
spectrum = np.abs(np.fft.rfft(x)) / t.size
freq = np.fft.rfftfreq(t.size, 1 / rate)
top = np.argsort(spectrum)[::-1][:3]
results = {
    "frequencies": freq[top].tolist(),
    "amplitudes": (2 * spectrum[top]).round(9).tolist(),
    "positions_scaled": (top * 10**10).tolist(),
    "parseval": bool(np.isclose((np.abs(np.fft.fft(x)) ** 2).sum() / x.size, (x**2).sum())),
    "power": float((spectrum**2).sum()),
}
