# Frames written as CSV text.
import pandas as pd

t = pd.to_datetime(["2024-01-01", "2024-01-02"])
df = pd.DataFrame({"n": [1, 2**40], "x": [0.5, 1 / 3], "t": t, "s": ["a,b", None]})
results = {
    "plain": df[["n", "t", "s"]].to_csv(index=False),
    "formatted": df.to_csv(float_format="%.4f", na_rep="NULL", date_format="%d.%m.%Y"),
    "columns": df.to_csv(columns=["n"], sep=";", header=["count"], index=False),
    "series": (pd.Series([1, 2], name="v") * 10**10).to_csv(),
    "quoted": df[["s"]].to_csv(index=False, quoting=1),
    "multi": df.set_index(["n", "s"])[["x"]].round(3).to_csv(),
}
