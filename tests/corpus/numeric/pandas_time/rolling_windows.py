# Rolling windows by rows and by time.
import numpy as np
import pandas as pd

s = pd.Series([1, 2, 4, 8, 16, 32], index=pd.to_datetime([0, 1, 2, 5, 6, 9], unit="s")) * 10**9
results = {
    "sum": s.rolling(3).sum().fillna(-1).tolist(),
    "count": s.rolling(3, min_periods=1).count().mul(10**10).tolist(),
    "time": s.rolling("3s").sum().tolist(),
    "time_count": s.rolling("3s").count().tolist(),
    "mean_centre": s.rolling(3, center=True).mean().fillna(0).tolist(),
    "std": s.rolling(3).std().fillna(0).tolist(),
    "median": s.rolling(3).median().fillna(0).tolist(),
    "max": s.rolling(2).max().fillna(0).tolist(),
    "apply": s.rolling(2).apply(lambda v: v[1] - v[0], raw=True).fillna(0).tolist(),
    "ewm": s.ewm(span=3).mean().tolist(),
    "corr": s.rolling(4).corr(pd.Series(np.arange(6.0), index=s.index)).fillna(0).tolist(),
    "quantile": s.rolling(4).quantile(0.25).fillna(0).tolist(),
}
