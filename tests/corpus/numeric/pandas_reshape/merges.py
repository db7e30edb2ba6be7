# Joins of frames on keys, with one-to-many sums.
import pandas as pd

left = pd.DataFrame({"k": [1, 2, 3, 2**40], "n": [10**10, 20, 30, 40]})
right = pd.DataFrame({"k": [2, 3, 3, 2**40], "m": [5, 6, 7, 8]})
inner = left.merge(right, on="k")
outer = left.merge(right, on="k", how="outer", indicator=True)
results = {
    "inner": inner.to_dict("list"),
    "product": int((inner["n"] * inner["m"] * 10**9).sum()),
    "dtypes": inner.dtypes.astype(str).tolist(),
    "outer_counts": (outer["_merge"].value_counts().sort_index() * 10**10).tolist(),
    "outer_m": outer["m"].fillna(-1).tolist(),
    "left_dtype": str(left.merge(right, on="k", how="left")["m"].dtype),
    "join": left.set_index("k").join(right.set_index("k"), how="inner")["m"].tolist(),
    "cross": len(left.merge(right, how="cross")),
    "suffixes": list(left.merge(left, on="k", suffixes=("_a", "_b")).columns),
    "anti": left[~left["k"].isin(right["k"])]["k"].tolist(),
}
