# Business-day counts and offsets.
import numpy as np

holidays = ["2024-12-25", "2024-12-26", "2025-01-01"]
starts = np.array(["2024-01-01", "2024-06-01"], dtype="datetime64[D]")
results = {
    "count": int(np.busday_count("2024-12-01", "2025-02-01")),
    "count_holidays": int(np.busday_count("2024-12-01", "2025-02-01", holidays=holidays)),
    "counts_scaled": (np.busday_count(starts, "2025-01-01") * 10**8).tolist(),
    "offset": np.busday_offset(["2024-12-20", "2024-12-24"], [3, 1], holidays=holidays).astype(str).tolist(),
    "is_busday": np.is_busday(np.arange("2024-12-23", "2024-12-30", dtype="datetime64[D]"), holidays=holidays).tolist(),
    "weekmask": int(np.busday_count("2024-01", "2024-02", weekmask="Sat Sun")),
    "roll": str(np.busday_offset("2024-06-01", 0, roll="forward")),
}
