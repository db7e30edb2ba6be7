# Frames stacked along rows and columns.
import pandas as pd

a = pd.DataFrame({"n": [1, 2**40]})
b = pd.DataFrame({"n": [3], "m": [4]})
results = {
    "rows": pd.concat([a, b], ignore_index=True)["n"].tolist(),
    "rows_dtypes": pd.concat([a, b]).dtypes.astype(str).to_dict(),
    "columns": pd.concat([a, a * 2], axis=1).sum(axis=1).tolist(),
    "keys": [list(map(str, i)) for i in pd.concat([a, b], keys=["a", "b"]).index],
    "inner": list(pd.concat([a, b], join="inner").columns),
    "series": pd.concat([pd.Series([1]), pd.Series([2])], axis=1).to_numpy().tolist(),
    "total": int(pd.concat([a] * 3)["n"].sum()),
    "from_dicts": pd.DataFrame([{"u": 1, "v": 2**40}, {"u": 3}]).dtypes.astype(str).tolist(),
}
