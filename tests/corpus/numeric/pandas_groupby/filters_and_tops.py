# Filtered groups and the largest rows in each.
import pandas as pd

df = pd.DataFrame({"k": list("aabbbc"), "n": [5, 3 * 10**9, 2 * 10**9, 2 * 10**9, 1, 9]})
g = df.groupby("k")
results = {
    "filter": g.filter(lambda d: d["n"].sum() > 2**31)["n"].tolist(),
    "top": df.sort_values("n", ascending=False).groupby("k").head(1).sort_index()["n"].tolist(),
    "nlargest": g["n"].nlargest(1).tolist(),
    "max_rows": df.loc[g["n"].idxmax(), "n"].tolist(),
    "nunique": (g["n"].nunique() * 10**10).to_dict(),
    "value_counts": [int(v) * 10**10 for v in g["n"].value_counts().sort_index()],
    "any": g["n"].agg(lambda v: bool((v > 10**9).any())).to_dict(),
    "get_group": g.get_group("b")["n"].sum().item(),
}
