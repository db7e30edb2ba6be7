# datetime64 to and from the standard library's datetime.
import datetime as dt

import numpy as np

t = np.datetime64("2024-03-10T01:02:03.456789")
results = {
    "item": t.item().isoformat(),
    "tolist": [v.isoformat() for v in np.array(["2024-01-01", "2024-01-02"], dtype="datetime64[D]").tolist()],
    "ns_tolist_is_int": np.array(["2024-01-01"], dtype="datetime64[ns]").tolist(),
    "from_date": str(np.datetime64(dt.date(2024, 5, 6))),
    "from_datetime": str(np.datetime64(dt.datetime(2024, 5, 6, 7, 8, 9, 10))),
    "from_list": str(np.array([dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 2)]).astype("datetime64").dtype),
    "timedelta": np.timedelta64(dt.timedelta(days=3, seconds=5)).astype(int).item(),
    "epoch": float((t - np.datetime64("1970-01-01T00:00:00")) / np.timedelta64(1, "s")),
}
