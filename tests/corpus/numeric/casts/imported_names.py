# Names imported directly from numpy follow the same integer default.
import functools

from numpy import arange, array, asarray, cumsum, dtype, full, int_, ones, prod, sum, zeros

make = functools.partial(zeros, dtype=int)
results = {
    "arange": int(arange(1_000_000).sum()),
    "array": (array([1, 2]) * 10**10).tolist(),
    "asarray": str(asarray([1]).dtype),
    "full": (full(2, 3) * 10**10).tolist(),
    "ones": str(ones(2, int).dtype),
    "partial": str(make(3).dtype),
    "sum": int(sum([2**30] * 3)),
    "prod": int(prod([2**20] * 3)),
    "cumsum": cumsum([2**30] * 3).tolist(),
    "int_": int(int_(2**40)),
    "dtype": str(dtype(int)),
    "map": [str(a.dtype) for a in map(array, [[1], [2]])],
}
