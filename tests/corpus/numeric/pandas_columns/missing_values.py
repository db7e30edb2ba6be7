# Missing values in integer data, filled, dropped and interpolated.
import numpy as np
import pandas as pd

s = pd.Series([1, np.nan, 3, np.nan, 10**10])
results = {
    "dtype": str(s.dtype),
    "sum": float(s.sum()),
    "count": int(s.count()) * 10**10,
    "fill": s.fillna(0).astype(int).tolist(),
    "ffill": s.ffill().tolist(),
    "interpolate": s.interpolate().tolist(),
    "dropna": s.dropna().astype(int).tolist(),
    "isna_sum": int(s.isna().sum() * 10**10),
    "reindex_dtype": str(pd.Series([1, 2]).reindex([0, 5]).dtype),
    "reindex_fill": pd.Series([1, 2]).reindex([0, 5], fill_value=2**40).tolist(),
    "combine_first": pd.Series([np.nan, 2]).combine_first(pd.Series([2**40, 9])).tolist(),
}
