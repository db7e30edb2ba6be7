# Lists in cells exploded into rows.
import pandas as pd

df = pd.DataFrame({"k": ["a", "b"], "v": [[1, 2**40], [3]]})
e = df.explode("v", ignore_index=True)
results = {
    "values": e["v"].tolist(),
    "sum": int(e["v"].astype(int).sum()),
    "keys": e["k"].tolist(),
    "lengths": (df["v"].map(len) * 10**10).tolist(),
    "collected": e.groupby("k")["v"].agg(list).to_dict(),
    "repeat": df["k"].repeat([2, 1]).tolist(),
    "normalise": pd.json_normalize([{"id": 1, "pos": {"x": 2**40}}, {"id": 2, "pos": {"x": 3}}]).to_dict("list"),
}
