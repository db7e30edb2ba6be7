# Frames built from numpy integers hold int64 columns.
import numpy as np
import pandas as pd

df = pd.DataFrame(np.arange(6).reshape(3, 2), columns=["x", "y"])
s = pd.Series(np.array([1, 2, 3]))
results = {
    "dtypes": df.dtypes.astype(str).tolist(),
    "series": str(s.dtype),
    "scaled": (df * 10**10).values.tolist(),
    "values_dtype": str(df.values.dtype),
    "to_numpy_dtype": str(s.to_numpy().dtype),
    "index_from_arange": str(pd.Index(np.arange(3)).dtype),
    "zeros": (pd.Series(np.zeros(2, dtype=int)) + 2**40).tolist(),
    "assigned": df.assign(z=np.arange(3))["z"].mul(10**10).tolist(),
    "numpy_of_series": int(np.sum(s * 2**31)),
    "numpy_of_list": int(np.prod(pd.Series([2**20] * 3))),
    "where": str(pd.Series(np.where(s > 1, 1, 0)).dtype),
}
