# Grouping by several keys, with and without an index.
import pandas as pd

df = pd.DataFrame({"run": [1, 1, 2, 2, 2], "side": list("LRLLR"), "n": [2**31, 5, 2**31, 2**31, 1]})
s = df.groupby(["run", "side"])["n"].sum()
flat = df.groupby(["run", "side"], as_index=False).agg(total=("n", "sum"), count=("n", "size"))
results = {
    "sum": {f"{r}{c}": int(v) for (r, c), v in s.items()},
    "unstacked": s.unstack(fill_value=0).to_numpy().tolist(),
    "flat": flat.to_dict("list"),
    "flat_dtypes": flat.dtypes.astype(str).tolist(),
    "share": (s / s.groupby(level=0).transform("sum")).tolist(),
    "index": [list(map(str, t)) for t in s.index],
    "printed": str(s),
}
