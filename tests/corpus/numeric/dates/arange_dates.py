# Ranges of dates and integer offsets from a start.
import numpy as np

days = np.arange("2024-02-25", "2024-03-05", dtype="datetime64[D]")
stamps = np.datetime64("2024-01-01T00:00:00.000") + np.arange(4) * np.timedelta64(250, "ms")
results = {
    "days": days.astype(str).tolist(),
    "months": np.arange("2023-11", "2024-03", dtype="datetime64[M]").astype(str).tolist(),
    "stamps": stamps.astype(str).tolist(),
    "stamps_int": stamps.astype(int).tolist(),
    "offset": (np.datetime64("1970-01-01") + np.array([19_000, 20_000])).astype(str).tolist(),
    "from_seconds": np.array([0, 1_700_000_000, 4_000_000_000]).astype("datetime64[s]").astype(str).tolist(),
    "from_ns": np.array([1_700_000_000_123_456_789]).view("datetime64[ns]").astype(str).tolist(),
    "step": np.arange(0, 10**10, 4 * 10**9).astype("timedelta64[ns]").astype(str).tolist(),
    "linspace": np.linspace(0, 86400, 4, dtype=int).astype("timedelta64[s]").astype(int).tolist(),
}
