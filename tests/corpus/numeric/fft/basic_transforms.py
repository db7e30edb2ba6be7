# Forward, inverse and real transforms of short signals.
import numpy as np

x = np.array([1.0, 2.0, 0.0, -1.0, 3.0, 0.5])
f = np.fft.fft(x)
results = {
    "real": f.real.tolist(),
    "imag": f.imag.tolist(),
    "inverse": np.fft.ifft(f).real.tolist(),
    "rfft": np.abs(np.fft.rfft(x)).tolist(),
    "irfft": np.fft.irfft(np.fft.rfft(x), n=6).tolist(),
    "odd_length": np.abs(np.fft.fft(x[:5])).tolist(),
    "of_ints": np.fft.fft([1, 2, 3, 4]).real.tolist(),
    "ortho": np.abs(np.fft.fft(x, norm="ortho")).tolist(),
    "hfft": np.fft.hfft([1, 2, 3]).tolist(),
    "dtypes": [str(f.dtype), str(np.fft.rfft(x.astype(np.float32)).dtype)],
}
