# Events assigned to hours by integer arithmetic on timestamps.
import numpy as np

start = np.datetime64("2024-01-01T00:00:00", "ns")
events = start + (np.arange(500) * 7919 % 86_400 * 10**9).astype("timedelta64[ns]")
hour = ((events - start) // np.timedelta64(1, "h")).astype(int)
counts = np.bincount(hour, minlength=24)
results = {
    "counts": counts.tolist(),
    "hours_dtype": str(hour.dtype),
    "first_last": [str(events.min()), str(events.max())],
    "ns_span": int((events.max() - events.min()).astype(int)),
    "searchsorted": int(np.searchsorted(np.sort(events), np.datetime64("2024-01-01T12:00:00"))),
    "mean_time": str((events - start).mean()),
    "argsort_head": np.argsort(events, kind="stable")[:5].tolist(),
}
