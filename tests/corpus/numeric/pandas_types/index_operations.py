# Set operations, lookups and dtypes of indexes.
import pandas as pd

a = pd.Index([5, 2**40, 7])
b = pd.Index([7, 8, 5])
results = {
    "intersection": a.intersection(b).tolist(),
    "union": a.union(b).tolist(),
    "difference": a.difference(b).tolist(),
    "get_indexer": (a.get_indexer([7, 5, 0]) * 10**10).tolist(),
    "get_indexer_dtype": str(a.get_indexer([7]).dtype),
    "searchsorted": int(pd.Index([10, 20, 30]).searchsorted(25) * 10**10),
    "argsort": (a.argsort() * 10**10).tolist(),
    "isin": a.isin([7]).tolist(),
    "scaled": (b * 10**10).tolist(),
    "dtypes": [str(v.dtype) for v in (a, pd.Index([1, 2]), pd.RangeIndex(3), pd.RangeIndex(3).to_numpy())],
    "range": pd.RangeIndex(0, 10**12, 3 * 10**11).tolist(),
    "non_unique": a.append(b).get_indexer_non_unique([5])[0].tolist(),
    "slice_locs": [int(v) for v in pd.Index([1, 3, 5, 7]).slice_locs(2, 6)],
    "asof": int(pd.Index([10, 20]).asof(15)),
}
