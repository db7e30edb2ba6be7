# Printed data frames of integers, floats, text and gaps.
import numpy as np
import pandas as pd

df = pd.DataFrame({"device": ["q1", "q2", "b1"], "counts": [10, 2_000_000_000, 3], "current": [0.5, np.nan, 12.25]})
results = {
    "str": str(df),
    "to_string": df.to_string(index=False),
    "formatted": df.to_string(float_format="%.3f", na_rep="-"),
    "transposed": str(df.set_index("device").T),
    "sum": str(df[["counts", "current"]].sum()),
    "scaled": str(df["counts"] * 10),
    "dtypes": str(df.dtypes),
    "empty": str(pd.DataFrame(columns=["a", "b"])),
    "head": repr(df.head(1)),
    "long": repr(pd.DataFrame({"n": np.arange(100) * 10**9})),
}
