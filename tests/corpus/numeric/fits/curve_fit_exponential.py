# An exponential decay with absolute errors, bounds and a chi-square.
import numpy as np
from scipy.optimize import curve_fit


def decay(t, a, tau, c):
    return a * np.exp(-t / tau) + c


t = np.arange(0, 50, 2)
counts = np.round(10_000 * np.exp(-t / 12.5) + 50).astype(int)
sigma = np.sqrt(counts)
limits = (0, [1e5, 100, 1e3])
p, cov = curve_fit(decay, t, counts, p0=[8000, 10, 0], sigma=sigma, absolute_sigma=True, bounds=limits)
fit = decay(t, *p)
results = {
    "lifetime": round(float(p[1]), 4),
    "amplitude": round(float(p[0]), 2),
    "error": round(float(np.sqrt(cov[1, 1])), 5),
    "chi2": round(float((((counts - fit) / sigma) ** 2).sum()), 5),
    "counts_dtype": str(counts.dtype),
    "total": int(counts.sum()) * 10**6,
}
