# Dates, durations and fixed zones of the standard library.
from datetime import UTC, date, datetime, timedelta, timezone

a = datetime(2024, 2, 28, 23, 59, 30, tzinfo=UTC)
cet = timezone(timedelta(hours=1), "CET")
d = timedelta(days=3, hours=5, microseconds=7)
results = {
    "add": (a + timedelta(minutes=2, days=1)).isoformat(),
    "difference": (datetime(2038, 1, 19, 3, 14, 8) - datetime(1970, 1, 1)) // timedelta(seconds=1),
    "microseconds": d // timedelta(microseconds=1),
    "total_seconds": d.total_seconds(),
    "timestamp": a.timestamp(),
    "from_timestamp": datetime.fromtimestamp(4_102_444_800, UTC).isoformat(),
    "zone": a.astimezone(cet).strftime("%Y-%m-%d %H:%M %Z"),
    "parse": datetime.strptime("06/05/2024 07:08:09", "%d/%m/%Y %H:%M:%S").isoformat(),
    "iso": datetime.fromisoformat("2024-05-06T07:08:09.123456+02:00").utctimetuple().tm_hour,
    "ordinal": date(2024, 12, 31).toordinal(),
    "calendar": list(date(2024, 12, 30).isocalendar()),
    "weekday": [date(2000 + k, 1, 1).weekday() for k in range(5)],
    "divide": d / timedelta(hours=1),
    "negative": str(timedelta(hours=-5)),
    "max": str(date.max),
}
