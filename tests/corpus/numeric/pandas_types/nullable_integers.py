# Int64 columns with missing values keep integers exact.
import pandas as pd

s = pd.Series([2**53 + 1, None, 5], dtype="Int64")
results = {
    "sum": int(s.sum()),
    "dtype": str(s.dtype),
    "arith": (s + 1).dropna().tolist(),
    "isna": s.isna().tolist(),
    "fill": s.fillna(0).astype("int64").tolist(),
    "to_numpy": s.to_numpy(dtype="int64", na_value=-1).tolist(),
    "mean": float(s.mean()),
    "printed": str(s),
    "comparison": (s > 10).fillna(False).tolist(),
    "convert": pd.DataFrame({"a": [1, 2], "b": [1.5, None]}).convert_dtypes().dtypes.astype(str).tolist(),
    "int32_sum": int(pd.array([2**31 - 1, 2**31 - 1], dtype="Int32").sum()),
    "cumsum": s.cumsum().dropna().tolist(),
    "boolean_sum": int(pd.array([True, None, True], dtype="boolean").sum() * 10**10),
}
