# A line through integer timestamps whose squares exceed 32 bits.
import numpy as np

t = np.arange(0, 600_000, 60_000)
y = 5 + 2e-5 * t + np.where(t % 120_000 == 0, 0.01, -0.01)
sxx = (t**2).sum() - t.sum() ** 2 / t.size
sxy = (t * y).sum() - t.sum() * y.sum() / t.size
results = {
    "sum_t2": int((t**2).sum()),
    "square_of_sum": int(t.sum() ** 2),
    "slope": float(sxy / sxx),
    "polyfit": np.polyfit(t - t.mean(), y, 1).tolist(),
    "corr": float(np.corrcoef(t, y)[0, 1]),
}
