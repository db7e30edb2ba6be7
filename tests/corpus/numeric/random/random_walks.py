# Displacements of seeded random walks.
import numpy as np

rng = np.random.default_rng(17)
steps = rng.choice([-1, 1], size=(200, 500))
walk = steps.cumsum(axis=1)
np.random.seed(17)
legacy = np.cumsum(np.random.choice([-1, 1], size=1000))
results = {
    "dtype": str(walk.dtype),
    "final_mean_square": float((walk[:, -1] ** 2).mean()),
    "furthest": int(np.abs(walk).max()),
    "returns": int((walk == 0).sum()),
    "big_moment": int((walk.astype(int) ** 4).sum()),
    "legacy_end": int(legacy[-1]),
    "legacy_range": [int(legacy.min()), int(legacy.max())],
}
