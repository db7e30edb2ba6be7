# Localisation and conversion across a summer-time change.
import pandas as pd

t = pd.date_range("2024-03-31 00:00", periods=4, freq="h", tz="UTC").tz_convert("Europe/Zurich")
local = pd.Timestamp("2024-10-27 02:30").tz_localize("Europe/Zurich", ambiguous=True)
results = {
    "converted": [x.isoformat() for x in t],
    "offsets": [x.utcoffset().total_seconds() for x in t],
    "utc_ns": t.as_unit("ns").asi8.tolist(),
    "new_york": pd.Timestamp("2024-07-01 12:00", tz="UTC").tz_convert("America/New_York").isoformat(),
    "tokyo": pd.Timestamp("2024-07-01 12:00", tz="Asia/Tokyo").tz_convert("UTC").isoformat(),
    "ambiguous": [local.isoformat(), local.tz_convert("UTC").isoformat()],
    "nonexistent": str(pd.Timestamp("2024-03-31 02:30").tz_localize("Europe/Zurich", nonexistent="shift_forward")),
    "difference": str(t[-1] - t[0]),
    "naive": [str(x) for x in t.tz_localize(None)],
    "fixed": pd.Timestamp("2024-01-01T00:00:00+05:30").tz_convert("UTC").isoformat(),
    "dtype": str(t.dtype),
}
