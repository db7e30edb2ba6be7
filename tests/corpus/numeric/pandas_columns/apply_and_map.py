# Functions applied to elements, rows and windows of integers.
import pandas as pd

df = pd.DataFrame({"a": [100_000, 200_000], "b": [300_000, 400_000]})
results = {
    "map": df["a"].map(lambda v: v * v).tolist(),
    "map_dtype": str(df["a"].map(lambda v: v * v).dtype),
    "apply_rows": df.apply(lambda r: r["a"] * r["b"], axis=1).tolist(),
    "apply_columns": df.apply("sum").to_dict(),
    "frame_map": df.map(lambda v: v * 10**6).to_numpy().tolist(),
    "map_dict": pd.Series(["x", "y"]).map({"x": 2**40, "y": 1}).tolist(),
    "itertuples": [int(r.a * r.b) for r in df.itertuples()],
    "iterrows": [int(r["a"] * r["b"]) for _, r in df.iterrows()],
    "eval": df.eval("a * b").tolist(),
    "query": df.query("a * b > 50_000_000_000").index.tolist(),
    "pipe": df.pipe(lambda d: d * d).sum().tolist(),
}
