# numpy functions applied to integer series.
import numpy as np
import pandas as pd

s = pd.Series([3, 1, 2], index=list("abc"))
results = {
    "sum": int(np.sum(s * 2**31)),
    "cumsum": np.cumsum(s * 2**31).tolist(),
    "where": (np.where(s > 1, s, 0) * 10**10).tolist(),
    "argsort": (np.argsort(s.to_numpy()) * 10**10).tolist(),
    "unique": (np.unique(s) * 10**10).tolist(),
    "bincount": (np.bincount(s) * 10**10).tolist(),
    "outer": np.outer(s, s * 10**9).tolist(),
    "dot": int(np.dot(s, s * 10**9)),
    "asarray": str(np.asarray(s).dtype),
    "digitize": (np.digitize(s, [2, 3]) * 10**10).tolist(),
    "linspace_index": pd.Series(0, index=np.linspace(0, 10**11, 3, dtype=int)).index.tolist(),
    "ufunc": np.power(s, 30).tolist(),
    "concatenate": str(np.concatenate([s, np.arange(2)]).dtype),
    "select": np.select([s > 2, s > 1], [2**40, 1], 0).tolist(),
}
