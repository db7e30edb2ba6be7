# Nearest-time joins of two sampled streams.
import pandas as pd

a = pd.DataFrame({"t": [10**10, 2 * 10**10, 3 * 10**10], "x": [1, 2, 3]})
b = pd.DataFrame({"t": [5 * 10**9, 19 * 10**9, 29 * 10**9], "y": [10, 20, 30]})
results = {
    "backward": pd.merge_asof(a, b, on="t")["y"].tolist(),
    "forward": pd.merge_asof(a, b, on="t", direction="forward")["y"].fillna(-1).tolist(),
    "tolerance": pd.merge_asof(a, b, on="t", tolerance=2 * 10**9)["y"].fillna(-1).tolist(),
    "ordered": pd.merge_ordered(a, b, on="t")["t"].tolist(),
    "ffilled": pd.merge_ordered(a, b, on="t", fill_method="ffill")["x"].fillna(0).tolist(),
}
