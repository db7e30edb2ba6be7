# Dtype predicates and selections by dtype.
import numpy as np
import pandas as pd

df = pd.DataFrame({"i": [1, 2], "f": [1.5, 2], "b": [True, False], "s": ["x", "y"], "i32": np.array([1, 2], np.int32)})
results = {
    "integers": df.select_dtypes("int").columns.tolist(),
    "int64": df.select_dtypes("int64").columns.tolist(),
    "numbers": df.select_dtypes("number").columns.tolist(),
    "is_integer": pd.api.types.is_integer_dtype(df["i"]),
    "equals_int": [bool(df["i"].dtype == int), bool(df["i32"].dtype == int), bool(df["i"].dtype == "int64")],
    "pandas_dtype": str(pd.api.types.pandas_dtype(int)),
    "infer": pd.api.types.infer_dtype([1, 2, 3]),
    "find_common": str(pd.concat([pd.Series([1]), pd.Series([2.5])]).dtype),
    "int_bool_concat": str(pd.concat([pd.Series([1]), pd.Series([2**40])]).dtype),
    "mixed_values": str(df[["i", "f"]].to_numpy().dtype),
    "mixed_ints": str(df[["i", "i32"]].to_numpy().dtype),
}
