# Masked integer arrays: sums, counts, compression and filling.
import numpy as np

m = np.ma.masked_greater(np.array([10**9, 2 * 10**9, 3 * 10**9, 9 * 10**9]), 8 * 10**9)
g = np.ma.array([[1, 2], [3, 4]], mask=[[0, 1], [0, 0]])
results = {
    "sum": int(m.sum()),
    "sum_dtype": str(m.sum().dtype),
    "mean": float(m.mean()),
    "count": int(m.count()) * 10**10,
    "compressed": m.compressed().tolist(),
    "filled": m.filled(-1).tolist(),
    "default_fill": int(np.ma.array([1, 2], mask=[0, 1]).filled()[1]),
    "cumsum": g.cumsum().tolist(),
    "axis_sum": (g.sum(axis=0) * 10**10).tolist(),
    "scaled": (g * 10**10).tolist(),
    "str": str(g),
    "argmax": int(m.argmax()),
    "masked_where_sum": int(np.ma.masked_where([True, False, False], [2**31] * 3).sum()),
    "prod": int(np.ma.array([10**5] * 3, mask=[0, 0, 0]).prod()),
    "masked_invalid": float(np.ma.masked_invalid([1.0, np.nan, 3.0]).mean()),
}
