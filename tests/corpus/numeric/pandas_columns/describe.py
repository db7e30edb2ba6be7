# Summary statistics of integer and text columns.
import pandas as pd

df = pd.DataFrame({"n": [1, 2, 3, 4_000_000_000], "x": [0.5, 1.5, 2.5, 3.5], "k": list("abca")})
d = df.describe()
results = {
    "n": d["n"].to_dict(),
    "x": d["x"].to_dict(),
    "k": {key: str(v) for key, v in df["k"].describe().to_dict().items()},
    "skew": float(df["x"].skew()),
    "kurt": float(df["n"].kurt()),
    "sem": float(df["x"].sem()),
    "var": float(df["n"].var()),
    "agg": {k: float(v) for k, v in df["n"].agg(["sum", "min", "max", "mean"]).items()},
    "corr": df[["n", "x"]].corr().iloc[0, 1].item(),
    "printed": df["x"].describe().to_string(),
}
