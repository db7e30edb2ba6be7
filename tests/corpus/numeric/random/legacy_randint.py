# The seeded legacy generator draws 64-bit integers.
import numpy as np

np.random.seed(0)
a = np.random.randint(0, 100, size=8)
results = {
    "values": a.tolist(),
    "dtype": str(a.dtype),
    "scaled": (a * 10**10).tolist(),
    "wide": np.random.randint(0, 2**40, size=4).tolist(),
    "scalar": int(np.random.randint(10)),
    "full_range": np.random.randint(-(2**62), 2**62, size=2).tolist(),
    "explicit": str(np.random.randint(0, 9, size=2, dtype=np.int32).dtype),
    "int_dtype": np.random.randint(5, size=(2, 2), dtype=int).tolist(),
    "sum": int(np.random.randint(2**30, 2**31 - 1, size=1000).sum()),
}
