# Arrays that ask for 32 bits keep 32 bits, and wrap as they do anywhere.
import numpy as np

a = np.array([2**31 - 1, -(2**31), 7], dtype=np.int32)
b = np.arange(5, dtype="int32")
results = {
    "add_wraps": (a + np.int32(1)).tolist(),
    "mul_wraps": (a * np.int32(2)).tolist(),
    "python_int_keeps_width": str((a + 1).dtype),
    "dtypes": [str(a.dtype), str(b.dtype), str((b * b).dtype), str(np.zeros(2, np.int32).dtype)],
    "itemsize": [a.itemsize, b.itemsize],
    "nbytes": int(np.zeros(10, dtype="i4").nbytes),
    "astype": np.array([2**32 + 5, 2**31]).astype(np.int32).tolist(),
    "mixed_with_default": str((b + np.arange(5)).dtype),
}
