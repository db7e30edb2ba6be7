# Conversions between time units keep 64-bit counts.
import numpy as np

t = np.datetime64("2024-07-01T12:00:00", "s")
results = {
    u: int(t.astype(f"datetime64[{u}]").astype(int)) for u in ("D", "h", "m", "s", "ms", "us", "ns")
}
results["timedelta"] = {
    u: int(np.timedelta64(365, "D").astype(f"timedelta64[{u}]").astype(int)) for u in ("W", "h", "s", "ms", "us", "ns")
}
results["mixed_units"] = str((np.datetime64("2024-01-01") - np.timedelta64(1, "ns")).dtype)
results["compare"] = bool(np.datetime64("2024-01-01") == np.datetime64("2024-01-01T00:00:00.000000000"))
results["data"] = [list(map(str, np.datetime_data(t.dtype)))]
results["total_ns"] = int(np.array([1, 2, 3]).astype("timedelta64[D]").sum().astype("timedelta64[ns]").astype(int))
