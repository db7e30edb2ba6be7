# Ranks, quantiles and clipping.
import pandas as pd

s = pd.Series([10**10, 5, 5, 7, -3])
results = {
    "average": s.rank().tolist(),
    "dense": s.rank(method="dense").tolist(),
    "first_desc": s.rank(method="first", ascending=False).tolist(),
    "pct": s.rank(pct=True).tolist(),
    "quantile": s.quantile([0.25, 0.5, 0.9]).tolist(),
    "clip": s.clip(0, 2**31).tolist(),
    "between": s.between(5, 7).tolist(),
    "median": float(s.median()),
    "mode": s.mode().tolist(),
    "nunique": s.nunique() * 10**10,
}
