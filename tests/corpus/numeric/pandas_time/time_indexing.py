# Selection of rows by dates, times and partial strings.
import numpy as np
import pandas as pd

s = pd.Series(np.arange(100) * 10**9, index=pd.date_range("2024-01-30 00:00", periods=100, freq="h"))
results = {
    "day": int(s.loc["2024-01-31"].sum()),
    "month": int(s.loc["2024-02"].count()),
    "slice": s.loc["2024-02-01 22:00":"2024-02-02 01:00"].tolist(),
    "between_time": len(s.between_time("08:00", "10:00")),
    "at_time": s.at_time("12:00").tolist(),
    "asof": int(s.asof(pd.Timestamp("2024-01-30 05:30"))),
    "searchsorted": int(s.index.searchsorted(pd.Timestamp("2024-02-01")) * 10**10),
    "nearest": s.index.get_indexer(pd.to_datetime(["2024-02-01 11:40"]), method="nearest").tolist(),
    "truncate": len(s.truncate(after="2024-01-31")),
    "shift": str(s.shift(2, freq="D").index[0]),
    "by_hour": s.groupby(s.index.hour).sum().iloc[:3].tolist(),
    "by_date": {str(k): int(v) for k, v in s.groupby(s.index.date).sum().items()},
}
