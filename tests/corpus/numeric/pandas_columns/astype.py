# Conversions of column types.
import pandas as pd

s = pd.Series(["1", "22", "30000000000"])
f = pd.Series([1.0, 2.9, 3e10])
results = {
    "str_to_int": s.astype(int).tolist(),
    "str_to_int_dtype": str(s.astype(int).dtype),
    "by_name": str(f.astype("int").dtype),
    "float_to_int": f.astype(int).tolist(),
    "int64": f.astype("int64").sum().item(),
    "bool_to_int": (pd.Series([True, False]).astype(int) * 10**10).tolist(),
    "to_numeric": pd.to_numeric(s).tolist(),
    "downcast": str(pd.to_numeric(pd.Series([1, 2]), downcast="integer").dtype),
    "coerce": pd.to_numeric(pd.Series(["7", "x"]), errors="coerce").fillna(-1).tolist(),
    "to_str": pd.Series([1, 2**40]).astype(str).tolist(),
    "frame": pd.DataFrame({"a": ["1"], "b": ["2"]}).astype({"a": int}).dtypes.astype(str).tolist(),
    "infer": str(pd.Series([1, 2], dtype=object).infer_objects().dtype),
    "int32_kept": str(pd.Series([1, 2], dtype="int32").dtype),
    "int32_sum": int(pd.Series([2**31 - 1] * 3, dtype="int32").sum()),
}
