# A grid search over integer settings with a wide integer objective.
import numpy as np

a, b = np.meshgrid(np.arange(0, 2000, 40), np.arange(0, 3000, 50), indexing="ij")
loss = (a - 1240) ** 2 * 3000 + (b - 950) ** 2 * 2000 + 7
best = np.unravel_index(loss.argmin(), loss.shape)
results = {
    "best": [int(a[best]), int(b[best])],
    "minimum": int(loss.min()),
    "maximum": int(loss.max()),
    "below_billion": int((loss < 10**9).sum()),
    "dtype": str(loss.dtype),
    "row_minima": loss.min(axis=1)[:4].tolist(),
}
