# Frames turned into arrays, records and dicts.
import numpy as np
import pandas as pd

df = pd.DataFrame({"i": [1, 2], "f": [0.5, 1.5], "s": ["x", "y"]})
rec = df[["i", "f"]].to_records(index=False)
results = {
    "int_array": str(df[["i"]].to_numpy().dtype),
    "scaled": (df["i"].to_numpy() * 10**10).tolist(),
    "record_dtypes": [str(rec.dtype[n]) for n in rec.dtype.names],
    "index_record": str(df.to_records().dtype["index"]),
    "dict_records": df.to_dict("records"),
    "split": df.to_dict("split"),
    "from_records": pd.DataFrame.from_records([(1, 2**40), (3, 4)], columns=["a", "b"])["b"].tolist(),
    "from_structured": pd.DataFrame(np.array([(1, 2.5)], dtype=[("n", int), ("x", float)])).dtypes.astype(str).tolist(),
    "asarray_sum": int(np.asarray(df["i"]).sum() * 10**10),
    "values_of_bools": (pd.Series([True, True]).to_numpy().sum() * 10**10).item(),
    "column_stack": (np.column_stack([df["i"], df["i"]]) * 10**10).tolist(),
}
