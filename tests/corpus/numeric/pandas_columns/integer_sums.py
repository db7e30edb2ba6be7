# Sums and products of integer columns past 2**31.
import numpy as np
import pandas as pd

df = pd.DataFrame({"a": [2_000_000_000, 2_000_000_000, 5], "b": [10**6, 10**6, 10**6]})
df["c"] = df["a"] * df["b"]
results = {
    "sums": df.sum().to_dict(),
    "row_sums": df[["a", "b"]].sum(axis=1).tolist(),
    "product": int(df["b"].prod()),
    "mean": float(df["a"].mean()),
    "dtypes": df.dtypes.astype(str).to_dict(),
    "sum_dtype": str(df.sum().dtype),
    "dot": int(df["a"].dot(df["b"])),
    "from_arange": int(pd.Series(np.arange(100_000)).sum()),
    "bool_sum": int((df["a"] > 10).sum() * 10**10),
    "square": (df["a"] ** 2).tolist(),
}
