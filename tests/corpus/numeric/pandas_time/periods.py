# Periods, their ordinals and conversions.
import pandas as pd

p = pd.period_range("2023-11", periods=4, freq="M")
stamps = pd.to_datetime(["2024-01-05", "2024-01-25", "2024-11-30"])
results = {
    "strings": p.astype(str).tolist(),
    "ordinals": p.astype("int64").tolist(),
    "start": [str(t) for t in p.start_time],
    "end_ns": p.end_time.as_unit("ns").asi8.tolist(),
    "quarter": p.asfreq("Q").astype(str).tolist(),
    "days": p.asfreq("D", how="end").astype(str).tolist(),
    "arith": str(pd.Period("2024-01", "M") + 14),
    "difference": (pd.Period("2024-05", "M") - pd.Period("2020-01", "M")).n,
    "to_period": stamps.to_period("Q").astype(str).tolist(),
    "group": pd.Series([2**31, 2**31, 5], index=stamps.to_period("M")).groupby(level=0).sum().tolist(),
    "seconds_ordinal": pd.Period("2024-01-01 00:00:01", freq="s").ordinal,
    "fiscal": str(pd.Period("2024-03", freq="Q-MAR")),
}
