# Arrays from iterators and functions with an int dtype.
import numpy as np

a = np.fromiter((n**7 for n in range(30)), dtype=int)
f = np.fromfunction(lambda i, j: (i + 1) * (j + 1) * 10**9, (3, 3), dtype=int)
results = {
    "fromiter": a.tolist(),
    "fromiter_dtype": str(a.dtype),
    "count": np.fromiter(range(10), int, count=4).tolist(),
    "sum": int(np.fromiter(range(100_000), dtype=int).sum()),
    "fromfunction": f.tolist(),
    "fromfunction_dtype": str(f.dtype),
    "generator_sum": int(sum(np.array([k * 10**9 for k in range(5)]))),
    "map": np.array(list(map(lambda v: v * 10**6, range(2000, 2004)))).tolist(),
    "vectorize": np.vectorize(lambda v: v * 10**10)(np.arange(4)).tolist(),
    "vectorize_dtype": str(np.vectorize(lambda v: v + 1)([1, 2]).dtype),
    "apply_along_axis": np.apply_along_axis(lambda r: r.sum() * 10**9, 1, np.arange(6).reshape(2, 3)).tolist(),
}
