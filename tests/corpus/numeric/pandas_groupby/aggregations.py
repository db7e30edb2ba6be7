# Named, listed and custom aggregations.
import pandas as pd

df = pd.DataFrame({"k": ["p", "q", "p", "q"], "n": [10**9, 3 * 10**9, 2 * 10**9, 4 * 10**9], "x": [1.5, 2.5, 3.5, 4.5]})
g = df.groupby("k")
named = g.agg(total=("n", "sum"), hits=("n", "count"), mean=("x", "mean"), spread=("n", lambda v: v.max() - v.min()))
multi = g.agg({"n": ["min", "max", "sum"], "x": "std"})
results = {
    "named": named.to_dict("index"),
    "dtypes": named.dtypes.astype(str).to_dict(),
    "columns": ["_".join(c) for c in multi.columns],
    "values": multi["n"].to_numpy().tolist(),
    "std": multi[("x", "std")].tolist(),
    "apply": g[["n", "x"]].apply(lambda d: (d["n"] * d["x"]).sum()).to_dict(),
    "printed": named.to_string(),
    "quantile": g["n"].quantile(0.5).tolist(),
    "reduce": g["n"].agg(lambda v: int(v.to_numpy().sum() * 10)).tolist(),
}
