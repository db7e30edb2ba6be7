# full, zeros, ones, empty, eye and their _like forms with default or int dtype.
import numpy as np

z = np.zeros(3, dtype=int)
z[:] = 10**12
o = np.ones((2, 2), dtype="int")
results = {
    "zeros": z.tolist(),
    "ones_scaled": (o * 10**10).tolist(),
    "full": np.full(2, 2**40).tolist(),
    "full_small": (np.full(2, 7) * 10**10).tolist(),
    "dtypes": [
        str(v.dtype)
        for v in (z, o, np.full(2, 7), np.full(2, 7, int), np.empty(2, int), np.eye(2, dtype=int), np.identity(2, int))
    ],
    "like_dtypes": [
        str(v.dtype)
        for v in (np.zeros_like([1, 2]), np.ones_like([1]), np.full_like([1], 3), np.empty_like(np.arange(3)))
    ],
    "full_like_big": np.full_like(np.arange(2), 2**40).tolist(),
    "full_like_int": str(np.full_like([1.0], 2, dtype=int).dtype),
    "eye_scaled": (np.eye(2, dtype=int) * 10**12).tolist(),
    "diag": (np.diag([1, 2]) * 10**12).tolist(),
}
