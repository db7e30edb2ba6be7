# Evenly spaced values asked for as integers.
import numpy as np

a = np.linspace(0, 10**12, 5, dtype=int)
results = {
    "linspace": a.tolist(),
    "dtype": str(a.dtype),
    "small": np.linspace(0, 10, 4, dtype=int).tolist(),
    "small_scaled": (np.linspace(0, 10, 3, dtype=int) * 10**10).tolist(),
    "logspace": np.logspace(0, 12, 5, dtype=int).tolist(),
    "logspace_dtype": str(np.logspace(0, 1, 2, dtype=int).dtype),
    "geomspace": np.round(np.geomspace(1, 10**12, 7)).astype(int).tolist(),
    "arange_step": np.arange(0, 10**11, 3 * 10**10).tolist(),
    "arange_dtype": str(np.arange(0, 5, dtype=int).dtype),
    "arange_float": str(np.arange(0, 1, 0.25).dtype),
}
