# A bootstrap confidence interval of a mean.
import numpy as np

rng = np.random.default_rng(3)
sample = np.array([4.1, 5.2, 3.9, 6.6, 5.0, 4.4, 5.8, 4.9])
index = rng.integers(0, sample.size, size=(1000, sample.size))
means = sample[index].mean(axis=1)
results = {
    "mean": float(sample.mean()),
    "interval": np.percentile(means, [2.5, 97.5]).tolist(),
    "std": float(means.std(ddof=1)),
    "index_sum": int((index.sum() * 10**7)),
}
