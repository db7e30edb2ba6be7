# Spectral differentiation of a periodic function.
import numpy as np

n = 32
x = 2 * np.pi * np.arange(n) / n
u = np.exp(np.sin(x))
k = np.fft.fftfreq(n, 1 / n)
du = np.fft.ifft(1j * k * np.fft.fft(u)).real
results = {
    "max_error_small": bool(np.abs(du - np.cos(x) * u).max() < 1e-10),
    "values": du[[0, 5, 11]].round(9).tolist(),
    "wavenumbers": k.astype(int).tolist(),
}
