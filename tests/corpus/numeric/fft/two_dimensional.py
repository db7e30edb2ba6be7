# Two-dimensional transforms and filtering in frequency space.
import numpy as np

y, x = np.mgrid[0:16, 0:16]
image = np.sin(2 * np.pi * 3 * x / 16) + 0.5 * np.cos(2 * np.pi * 5 * y / 16)
f = np.fft.fft2(image)
low = f * (np.abs(np.fft.fftfreq(16)) < 0.25)[:, None]
results = {
    "strong": np.argwhere(np.abs(f) > 1).tolist(),
    "magnitudes": np.abs(f)[np.abs(f) > 1].round(9).tolist(),
    "filtered": np.fft.ifft2(low).real[0, :4].round(9).tolist(),
    "rfft2_shape": list(np.fft.rfft2(image).shape),
    "fftn": float(np.abs(np.fft.fftn(np.arange(8.0).reshape(2, 2, 2))).sum()),
}
