# Frequency axes and shifts.
import numpy as np

results = {
    "fftfreq": np.fft.fftfreq(8, d=0.1).tolist(),
    "rfftfreq": np.fft.rfftfreq(9, d=0.5).tolist(),
    "fftshift": np.fft.fftshift(np.arange(7)).tolist(),
    "ifftshift": np.fft.ifftshift(np.fft.fftshift(np.arange(7))).tolist(),
    "shifted_ints": (np.fft.fftshift(np.arange(4)) * 10**10).tolist(),
    "two_dim": np.fft.fftshift(np.arange(6).reshape(2, 3)).tolist(),
    "large_n": float(np.fft.fftfreq(100_000, d=1e-9)[49_999]),
    "bin": int(np.argmin(np.abs(np.fft.rfftfreq(1000, 1e-3) - 123.4))),
}
