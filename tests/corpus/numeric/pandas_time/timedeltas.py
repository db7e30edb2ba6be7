# Durations: parsing, totals, components and arithmetic.
import pandas as pd

d = pd.Timedelta("3 days 04:05:06.007008009")
s = pd.Series(pd.to_timedelta(["1h", "90min", "2 days"]))
results = {
    "value": d.value,
    "total_seconds": d.total_seconds(),
    "components": list(map(int, d.components)),
    "str": str(d),
    "iso": d.isoformat(),
    "sum": str(s.sum()),
    "mean": str(s.mean()),
    "ns": s.astype("timedelta64[ns]").astype("int64").tolist(),
    "hours": (s / pd.Timedelta("1h")).tolist(),
    "days_attr": s.dt.days.tolist(),
    "multiply": str(pd.Timedelta("1s") * 10**6),
    "floordiv": int(pd.Timedelta("10 days") // pd.Timedelta("7ns")),
    "from_ints": (pd.to_timedelta([1, 2], unit="D").as_unit("ns").astype("int64")).tolist(),
    "round": str(d.round("1min")),
    "range": [str(v) for v in pd.timedelta_range("0s", periods=3, freq="45s")],
}
