# Variances, deviations and correlations of groups.
import numpy as np
import pandas as pd

t = np.arange(12)
df = pd.DataFrame({"k": t % 3, "x": np.sin(t), "y": t**2 * 10**6})
g = df.groupby("k")
results = {
    "var": g["y"].var().tolist(),
    "std": g["x"].std(ddof=0).tolist(),
    "sem": g["x"].sem().tolist(),
    "skew": g["x"].skew().tolist(),
    "median": g["y"].median().tolist(),
    "corr": g[["x", "y"]].corr().iloc[0::2, 1].tolist(),
    "ohlc": g["y"].ohlc().to_numpy().tolist(),
    "describe": g["y"].describe()["75%"].tolist(),
    "weighted": g.apply(lambda d: np.average(d["x"], weights=d["y"] + 1)).tolist(),
}
