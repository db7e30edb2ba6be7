# Levels, codes and selection of a MultiIndex.
import numpy as np
import pandas as pd

m = pd.MultiIndex.from_product([["x", "y"], [1, 2, 3]], names=["axis", "turn"])
s = pd.Series(np.arange(6) * 10**9, index=m)
results = {
    "codes": [np.asarray(c).tolist() for c in m.codes],
    "level_dtype": str(m.levels[1].dtype),
    "level_sum": s.groupby(level="axis").sum().to_dict(),
    "select": s.loc["y"].tolist(),
    "xs": s.xs(2, level="turn").tolist(),
    "slice": s.loc[("x", 2) : ("y", 1)].tolist(),
    "unstack": s.unstack("axis").to_numpy().tolist(),
    "swap": s.swaplevel().sort_index().tolist(),
    "locs": [int(v) * 10**10 for v in (m.get_loc(("x", 3)), m.get_loc(("y", 1)))],
    "values": [list(t) for t in m.to_list()[:2]],
    "turn_scaled": (m.get_level_values("turn") * 10**10).tolist()[:3],
    "indexer": m.get_indexer([("y", 3), ("z", 1)]).tolist(),
}
