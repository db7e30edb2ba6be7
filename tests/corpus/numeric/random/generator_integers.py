# Integers of the modern generator, over narrow and wide ranges.
import numpy as np

g = np.random.default_rng(2024)
a = g.integers(0, 10, 8)
results = {
    "values": a.tolist(),
    "dtype": str(a.dtype),
    "scaled": (a * 10**10).tolist(),
    "wide": g.integers(0, 2**50, 4).tolist(),
    "endpoint": g.integers(1, 6, 10, endpoint=True).tolist(),
    "bounds": g.integers([0, 10, 100], [5, 20, 10**12]).tolist(),
    "uint8": g.integers(0, 255, 4, dtype=np.uint8).tolist(),
    "int": g.integers(0, 3, 3, dtype=int).tolist(),
    "full": [int(v) for v in g.integers(0, 2**64 - 1, 2, dtype=np.uint64)],
    "scalar": int(g.integers(2**40)),
    "sum": int(g.integers(0, 2**31 - 1, 10_000).sum()),
    "bytes": g.bytes(5).hex(),
}
