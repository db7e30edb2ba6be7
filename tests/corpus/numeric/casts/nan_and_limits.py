# Replacement of non-finite values before conversion to integers.
import numpy as np

x = np.array([1.5, np.nan, 3e10, -np.inf])
clean = np.nan_to_num(x, nan=0, neginf=-1e12)
results = {
    "clean": clean.astype(int).tolist(),
    "filtered": x[np.isfinite(x)].astype(int).tolist(),
    "where": np.where(np.isfinite(x), x, -1).astype(int).tolist(),
    "int_nan_to_num": str(np.nan_to_num(np.array([1, 2])).dtype),
    "count": int(np.isfinite(x).sum() * 10**10),
    "float_of_big": (np.array([2**53, 2**53 + 1]).astype(float)).tolist(),
    "exact_back": int(np.array([2.0**62]).astype(int)[0]),
    "isclose_ints": np.isclose(np.array([10**12]), 10**12 + 1).tolist(),
    "array_equal": np.array_equal(np.array([2**40]), [2**40]),
}
