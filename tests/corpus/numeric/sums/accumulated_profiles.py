# Two-dimensional histograms filled event by event.
import numpy as np

rng = np.random.default_rng(100)
x = rng.normal(0, 1, 5000)
weight = rng.integers(10**6, 10**7, 5000)
index = np.clip(((x + 4) * 2).astype(int), 0, 15)
profile = np.zeros(16, dtype=int)
np.add.at(profile, index, weight)
counts = np.bincount(index, minlength=16)
results = {
    "profile": profile.tolist(),
    "counts": counts.tolist(),
    "total": int(profile.sum()),
    "moment": int((profile * np.arange(16) ** 2).sum()),
    "mean_weight": (profile.sum() / counts.sum()).item(),
    "order": np.argsort(profile, kind="stable")[::-1][:4].tolist(),
    "loop": int(sum(weight[index == 8])),
    "dtypes": [str(index.dtype), str(profile.dtype), str(weight.dtype)],
}
