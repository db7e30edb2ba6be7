# Indices from nonzero, where, flatnonzero and argwhere multiply past 2**31.
import numpy as np

a = np.array([[0, 5, 0], [7, 0, 9]])
results = {
    "where_first": (np.where(a > 0)[0] * 10**10).tolist(),
    "where_second": (np.where(a > 0)[1] * 10**10).tolist(),
    "nonzero": [(i * 10**10).tolist() for i in np.nonzero(a)],
    "flatnonzero": (np.flatnonzero(a) * 10**10).tolist(),
    "argwhere": (np.argwhere(a) * 10**10).tolist(),
    "count_nonzero": int(np.count_nonzero(a)) * 10**10,
    "count_axis": (np.count_nonzero(a, axis=0) * 10**10).tolist(),
    "where_scalars": (np.where([True, False], 1, 0) * 10**10).tolist(),
    "where_scalars_dtype": str(np.where([True, False], 1, 0).dtype),
    "mean_index": float(np.where(a.ravel() > 0)[0].mean()),
}
