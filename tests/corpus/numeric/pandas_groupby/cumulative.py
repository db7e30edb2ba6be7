# Cumulative sums, shifts and differences within groups.
import pandas as pd

df = pd.DataFrame({"k": list("aabab"), "n": [2 * 10**9, 2 * 10**9, 7, 2 * 10**9, 8]})
g = df.groupby("k")["n"]
results = {
    "cumsum": g.cumsum().tolist(),
    "cummax": g.cummax().tolist(),
    "cumprod": df.assign(n=df["n"] // 10**6).groupby("k")["n"].cumprod().tolist(),
    "shift": g.shift(fill_value=-1).tolist(),
    "diff": g.diff().fillna(0).tolist(),
    "transform_sum": g.transform("sum").tolist(),
    "share": (df["n"] / g.transform("sum")).tolist(),
    "demeaned": (df["n"] - g.transform("mean")).tolist(),
    "pct_change": g.pct_change().fillna(0).round(6).tolist(),
}
