# Fast convolution equals direct convolution, with exact integers after rounding.
import numpy as np
from scipy import signal

a = np.arange(1, 20)
b = np.array([3, 1, 4, 1, 5])
n = a.size + b.size - 1
fast = np.fft.irfft(np.fft.rfft(a, n) * np.fft.rfft(b, n), n)
exact = np.rint(fast).astype(int)
results = {
    "equal": bool((exact == np.convolve(a, b)).all()),
    "values": exact[:6].tolist(),
    "dtype": str(exact.dtype),
    "fftconvolve": np.rint(signal.fftconvolve(a * 10**6, b * 10**3)).astype(int)[:4].tolist(),
    "autocorrelation": np.fft.irfft(np.abs(np.fft.rfft(b, 8)) ** 2, 8).round(9).tolist(),
}
