# Results written into supplied integer arrays, and reductions with a dtype argument.
import numpy as np

a = np.array([2**31, 2**31, 7])
out = np.zeros(3, dtype=int)
np.multiply(a, 3, out=out)
total = np.zeros((), dtype=int)
np.sum(a, out=total)
running = np.empty(3, int)
np.cumsum(a, out=running)
results = {
    "multiply": out.tolist(),
    "sum": int(total),
    "cumsum": running.tolist(),
    "sum_dtype": int(np.sum(np.int32([2**31 - 1] * 2), dtype=int)),
    "cumsum_dtype": np.cumsum(np.int16([30_000] * 4), dtype=int).tolist(),
    "add_dtype": str(np.add([1], [2], dtype=int).dtype),
    "reduce_dtype": str(np.add.reduce(np.int8([1]), dtype=int).dtype),
    "sum_of_floats": int(np.sum([1.5e10, 2.5], dtype=int)),
    "where": np.add(a, 1, where=[True, False, True], out=np.zeros(3, int)).tolist(),
    "method": int(a.sum(dtype="int")),
    "dot_out": int(np.dot(a, a // 2, out=np.zeros((), int))),
}
