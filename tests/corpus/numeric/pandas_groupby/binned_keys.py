# Grouping by bins, functions and external arrays.
import numpy as np
import pandas as pd

s = pd.Series(np.arange(20) * 10**9)
bins = pd.cut(s, [-1, 5 * 10**9, 12 * 10**9, 10**11], labels=["low", "mid", "high"])
results = {
    "bins": s.groupby(bins, observed=True).sum().to_dict(),
    "array": s.groupby(np.arange(20) % 3).sum().tolist(),
    "function": s.groupby(lambda i: i // 10).sum().tolist(),
    "condition": {str(k): int(v) for k, v in s.groupby(s > 10**10).sum().items()},
    "digitised": (s.groupby(np.digitize(s, [4 * 10**9, 9 * 10**9])).size() * 10**10).tolist(),
    "level": s.groupby(np.repeat(["x", "y"], 10)).agg(["min", "max"]).to_numpy().tolist(),
}
