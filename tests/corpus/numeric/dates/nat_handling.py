# Not-a-time values in sorting, extremes and comparisons.
import numpy as np

d = np.array(["2024-01-03", "NaT", "2024-01-01"], dtype="datetime64[D]")
results = {
    "isnat": np.isnat(d).tolist(),
    "sort": np.sort(d).astype(str).tolist(),
    "nanmax": str(np.nanmax(d)),
    "fmin": str(np.fmin.reduce(d)),
    "max": str(np.max(d)),
    "as_int": int(np.datetime64("NaT", "ns").astype("int64")),
    "nat_plus_one": str(np.timedelta64("NaT") + 1),
    "equal": bool(np.datetime64("NaT") == np.datetime64("NaT")),
    "diff": np.diff(d).astype(str).tolist(),
}
