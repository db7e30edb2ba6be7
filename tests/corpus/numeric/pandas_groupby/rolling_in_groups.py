# Rolling and expanding windows inside groups.
import pandas as pd

df = pd.DataFrame({"k": list("aaabbb"), "n": [10**9, 2 * 10**9, 3 * 10**9, 1, 2, 3]})
g = df.groupby("k")["n"]
results = {
    "rolling_sum": g.rolling(2).sum().fillna(-1).tolist(),
    "rolling_count": g.rolling(2, min_periods=1).count().mul(10**10).tolist(),
    "expanding": g.expanding().mean().tolist(),
    "ewm": df.groupby("k")["n"].ewm(alpha=0.5).mean().round(6).tolist(),
    "resampled": g.apply(lambda v: v.iloc[::2].sum()).to_dict(),
}
