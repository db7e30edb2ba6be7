# Timestamps and durations as 64-bit counts of nanoseconds and back.
import pandas as pd

t = pd.Timestamp("2024-06-01 12:34:56.789012345")
s = pd.Series(pd.to_datetime(["2024-01-01", "2024-01-02 00:00:00.5"], format="ISO8601"))
results = {
    "value": t.value,
    "int64": s.astype("datetime64[ns]").astype("int64").tolist(),
    "astype_int": s.astype("datetime64[ns]").astype(int).tolist(),
    "numpy_int": s.astype("datetime64[ns]").to_numpy().astype(int).tolist(),
    "seconds": (s.astype("datetime64[s]").astype("int64")).tolist(),
    "unit": [t.unit, str(s.dtype)],
    "from_ns": str(pd.to_datetime(1_717_245_296_789_012_345)),
    "from_s": [str(v) for v in pd.to_datetime([1_700_000_000, 4_000_000_000], unit="s")],
    "from_float": str(pd.to_datetime(1_700_000_000.25, unit="s")),
    "from_ms": str(pd.to_datetime(1_700_000_000_123, unit="ms")),
    "index_asi8": pd.DatetimeIndex(["2024-01-01"]).as_unit("ns").asi8.tolist(),
    "floor_div": int((t - pd.Timestamp(0)) // pd.Timedelta("1us")),
    "timestamp": t.timestamp(),
}
