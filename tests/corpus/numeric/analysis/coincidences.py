# Coincidences between two detectors from nanosecond time stamps.
import numpy as np

rng = np.random.default_rng(55)
start = 1_700_000_000 * 10**9
a = start + np.sort(rng.integers(0, 10**9, 400))
b = np.sort(np.concatenate([a[::4] + rng.integers(-40, 40, 100), start + rng.integers(0, 10**9, 300)]))
i = np.searchsorted(b, a)
before = np.abs(a - b[np.clip(i - 1, 0, b.size - 1)])
after = np.abs(b[np.clip(i, 0, b.size - 1)] - a)
gap = np.minimum(before, after)
results = {
    "dtype": str(a.dtype),
    "first": int(a[0]),
    "span": int(a[-1] - a[0]),
    "coincidences": int((gap < 50).sum()),
    "median_gap": float(np.median(gap)),
    "rate": float(a.size / ((a[-1] - a[0]) * 1e-9)),
    "intervals": np.histogram(np.diff(a), bins=[0, 10**6, 3 * 10**6, 10**8])[0].tolist(),
    "sum_gaps": int(gap.sum()),
}
