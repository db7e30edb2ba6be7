# Rates and gaps from event times.
import pandas as pd

text = ["2024-05-01 00:00:00", "2024-05-01 00:00:07", "2024-05-01 01:00:00", "2024-05-03 00:00:00"]
t = pd.Series(pd.to_datetime(text)).astype("datetime64[ns]")
gap = t.diff().dropna()
results = {
    "seconds": gap.dt.total_seconds().tolist(),
    "ns": gap.astype("int64").tolist(),
    "longest": str(gap.max()),
    "argmax": int(gap.argmax()) * 10**10,
    "rate_per_day": t.groupby(t.dt.date).count().tolist(),
    "elapsed_ms": ((t - t.iloc[0]) // pd.Timedelta("1ms")).tolist(),
    "over_minute": int((gap > pd.Timedelta("1min")).sum()) * 10**10,
    "quantile": str(gap.quantile(0.5)),
    "cumulative": gap.cumsum().astype(str).tolist(),
}
