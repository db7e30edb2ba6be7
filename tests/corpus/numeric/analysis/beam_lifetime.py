# Beam lifetime from a decaying current with top-up injections.
import numpy as np
import pandas as pd

t = pd.date_range("2024-05-01", periods=120, freq="min")
minutes = np.arange(120)
current = 400 * np.exp(-(minutes % 40) / 600)
s = pd.Series(current, index=t)
fill = (s.diff() > 1).cumsum()
lifetime = s.groupby(fill).apply(lambda v: -1 / np.polyfit(np.arange(len(v)) / 60, np.log(v), 1)[0])
charge = int((s * 10**9).astype(int).sum())
results = {
    "fills": (fill.value_counts().sort_index() * 10**10).tolist(),
    "lifetime_h": lifetime.tolist(),
    "injections": [str(x) for x in s.index[s.diff() > 1]],
    "mean_current": float(s.mean()),
    "charge": charge,
    "hourly": s.resample("h").mean().tolist(),
}
