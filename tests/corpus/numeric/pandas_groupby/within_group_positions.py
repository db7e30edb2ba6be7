# cumcount, ngroup, rank and nth within groups.
import pandas as pd

df = pd.DataFrame({"k": [2, 1, 2, 1, 2], "v": [10, 20, 30, 5, 30]})
g = df.groupby("k")
results = {
    "cumcount": (g.cumcount() * 10**10).tolist(),
    "ngroup": (g.ngroup() * 10**10).tolist(),
    "cumcount_dtype": str(g.cumcount().dtype),
    "ngroup_dtype": str(g.ngroup().dtype),
    "rank": g["v"].rank(method="dense").tolist(),
    "nth": g.nth(1)["v"].tolist(),
    "first_last": [g["v"].first().tolist(), g["v"].last().tolist()],
    "idxmax": (g["v"].idxmax() * 10**10).tolist(),
    "head": g.head(1).index.tolist(),
    "indices": {str(k): (v * 10**10).tolist() for k, v in g.indices.items()},
    "groups": {str(k): list(v) for k, v in g.groups.items()},
}
