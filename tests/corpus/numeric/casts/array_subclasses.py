# Subclasses, matrices and low-level constructors with integer data.
import numpy as np


class Trace(np.ndarray):
    def __new__(cls, values):
        return np.asarray(values).view(cls)

    def charge(self):
        return int(self.sum() * 10**9)


t = Trace([1, 2, 3])
m = np.asmatrix([[100_000, 1], [2, 100_000]])
results = {
    "charge": t.charge(),
    "subclass_dtype": str(t.dtype),
    "slice_type": type(t[1:]).__name__,
    "matrix": (m * m).tolist(),
    "matrix_sum": (m.sum(axis=0) * 10**5).tolist(),
    "ndarray": str(np.ndarray((2,), dtype=int).dtype),
    "masked": [str(a.dtype) for a in (np.ma.arange(3), np.ma.zeros(2, int), np.ma.array([1]))],
    "recarray": str(np.recarray((1,), dtype=[("n", int)]).dtype["n"]),
    "poly": str(np.poly1d([1, 2]).coeffs.dtype),
}
