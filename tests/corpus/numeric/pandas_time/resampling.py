# Resampled counts and sums of a regular series.
import numpy as np
import pandas as pd

s = pd.Series(np.arange(48) * 10**8, index=pd.date_range("2024-01-01", periods=48, freq="h"))
r = s.resample("6h")
results = {
    "sum": r.sum().tolist(),
    "sum_dtype": str(r.sum().dtype),
    "count": (r.count() * 10**10).tolist(),
    "size_dtype": str(r.size().dtype),
    "mean": s.resample("D").mean().tolist(),
    "ohlc": s.resample("D").ohlc().to_numpy().tolist(),
    "labels": [str(t) for t in s.resample("12h", label="right", closed="right").sum().index],
    "upsampled": s.iloc[:3].resample("30min").interpolate().tolist(),
    "ffill": s.iloc[:2].resample("20min").ffill().tolist(),
    "agg": s.resample("D").agg(["min", "max", "sum"]).to_numpy().tolist(),
    "asfreq": s.asfreq("10h").tolist(),
    "origin": s.resample("5h", origin="start").sum().tolist()[:3],
}
