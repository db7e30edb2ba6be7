# Dates as matplotlib numbers and back.
import datetime as dt

import numpy as np
from matplotlib import dates

d = dt.datetime(2024, 5, 6, 7, 8, 9)
stamps = np.arange("2024-01-01", "2024-01-04", dtype="datetime64[D]")
results = {
    "date2num": float(dates.date2num(d)),
    "num2date": dates.num2date(19_849.25).isoformat(),
    "array": dates.date2num(stamps).tolist(),
    "nanoseconds": dates.date2num(np.datetime64("2024-01-01T00:00:00.5", "ns")).item(),
    "drange": dates.drange(d, d + dt.timedelta(hours=3), dt.timedelta(hours=1)).tolist(),
    "epoch": str(dates.get_epoch()),
    "formatter": dates.DateFormatter("%d.%m.%Y %H:%M")(19_849.25),
    "seconds": float(dates.num2timedelta(1.5).total_seconds()),
}
