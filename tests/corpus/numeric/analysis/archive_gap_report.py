# Archived samples with gaps, duplicates and a bad value, cleaned and reported.
import numpy as np
import pandas as pd

time_ms = 1_700_000_000_000 + 1000 * np.array([0, 1, 1, 4, 5, 9])
df = pd.DataFrame({"time_ms": time_ms, "value": [10, 11, 11, -999, 14, 20]}).drop_duplicates()
df["value"] = df["value"].replace(-999, np.nan)
good = df.dropna()
gap = df["time_ms"].diff()
s = df.set_index(pd.to_datetime(df["time_ms"], unit="ms"))["value"]
filled = s.resample("1s").mean().interpolate("time")
results = {
    "rows": len(df),
    "gaps": gap[gap > 1500].astype(int).tolist(),
    "filled": filled.round(6).tolist(),
    "sum_ms": int(df["time_ms"].sum()),
    "time_weighted": float(np.trapezoid(good["value"], good["time_ms"]) / np.ptp(good["time_ms"])),
    "first": str(s.index[0]),
    "missing": int(s.isna().sum()) * 10**10,
}
