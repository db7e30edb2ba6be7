# Pulse-by-pulse statistics of raw ADC waveforms.
import numpy as np

rng = np.random.default_rng(70)
pulse = np.round(30_000 * np.exp(-(((np.arange(64) - 25) / 5.0) ** 2))).astype(int)
raw = pulse + rng.integers(-50, 51, (200, 64))
integral = raw.sum(axis=1)
square = (raw**2).sum(axis=1)
results = {
    "dtype": str(raw.dtype),
    "integral_head": integral[:4].tolist(),
    "square_head": square[:4].tolist(),
    "total_square": int((raw**2).sum()),
    "peaks": np.bincount(raw.argmax(axis=1), minlength=28)[24:28].tolist(),
    "jitter": float(integral.std(ddof=1)),
    "centroid": float((raw.sum(axis=0) * np.arange(64)).sum() / raw.sum()),
    "correlation": float(np.corrcoef(raw[:, 20], raw[:, 30])[0, 1]),
    "saturated": int((raw > 30_000).sum()) * 10**8,
}
