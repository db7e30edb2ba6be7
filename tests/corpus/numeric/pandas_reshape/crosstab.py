# Contingency tables, their margins and weights.
import pandas as pd

a = pd.Series(["u", "v", "u", "u"], name="a")
b = pd.Series([1, 2, 2, 1], name="b")
c = pd.crosstab(a, b)
results = {
    "table": c.to_numpy().tolist(),
    "scaled": (c * 10**10).to_numpy().tolist(),
    "dtype": c.dtypes.astype(str).tolist(),
    "margins": pd.crosstab(a, b, margins=True).to_numpy().tolist(),
    "normalised": pd.crosstab(a, b, normalize="index").to_numpy().tolist(),
    "weighted": pd.crosstab(a, b, values=[2**31] * 4, aggfunc="sum").fillna(0).to_numpy().tolist(),
    "printed": str(c),
}
