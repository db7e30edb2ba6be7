# Frames written as JSON and read back.
import io
import json

import pandas as pd

df = pd.DataFrame({"n": [1, 2**40], "x": [0.5, None]}, index=["a", "b"])
df["t"] = pd.to_datetime(["2024-01-01", "2024-01-02"])
text = df.to_json(orient="split", date_format="iso")
back = pd.read_json(io.StringIO(df[["n", "x"]].to_json()))
results = {
    "columns": json.loads(df.to_json(date_format="epoch", date_unit="ns")),
    "records": df[["n", "x"]].to_json(orient="records"),
    "lines": df[["n"]].to_json(orient="records", lines=True),
    "split": text,
    "back_dtypes": back.dtypes.astype(str).tolist(),
    "back_n": back["n"].tolist(),
    "table": json.loads(df[["n"]].to_json(orient="table"))["schema"]["fields"][1],
    "series": pd.Series([1, 2]).mul(10**10).to_json(),
    "double_precision": pd.Series([1 / 3]).to_json(double_precision=4),
    "dumps": json.dumps({"total": int(df["n"].sum()), "values": df["n"].tolist()}),
}
