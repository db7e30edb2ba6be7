# Sums and products of booleans are 64-bit counts.
import numpy as np

x = np.arange(-3, 7)
mask = x > 0
results = {
    "sum": int(mask.sum()),
    "sum_dtype": str(mask.sum().dtype),
    "scaled": int(mask.sum() * 10**10),
    "list_sum_dtype": str(np.array([True, False, True]).sum().dtype),
    "mask_times_big": (mask * 10**10).tolist(),
    "mean": float(mask.mean()),
    "cumsum": (np.cumsum(mask) * 10**10).tolist(),
    "cumsum_dtype": str(np.cumsum(mask).dtype),
    "add_bools": str((mask + mask).dtype),
    "prod_dtype": str(np.prod(mask).dtype),
    "axis_sum": (mask.reshape(2, 5).sum(axis=1) * 10**10).tolist(),
}
