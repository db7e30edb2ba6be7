# Differences, multiples and divisions of timedelta64.
import numpy as np

t = np.array(["2020-01-01T00:00:00", "2024-01-01T12:30:00", "2030-06-15T00:00:01"], dtype="datetime64[s]")
dt = np.diff(t)
results = {
    "diff": dt.astype(int).tolist(),
    "dtype": str(dt.dtype),
    "ns": dt.astype("timedelta64[ns]").astype(int).tolist(),
    "days": (dt / np.timedelta64(1, "D")).tolist(),
    "floor_days": (dt // np.timedelta64(1, "D")).tolist(),
    "remainder": (dt % np.timedelta64(1, "D")).astype(int).tolist(),
    "sum": str(dt.sum()),
    "mean": str(dt.mean()),
    "multiply": str(np.timedelta64(36, "h") * 10**6),
    "times_int_array": (np.timedelta64(1, "ns") * np.array([1, 2]) * 10**10).astype(int).tolist(),
    "add_big": str(np.datetime64("2000-01-01T00:00:00", "ns") + np.timedelta64(10**18, "ns")),
    "item": str(np.timedelta64(90, "m").item()),
}
