# Named time zones and their summer-time changes.
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

zurich = ZoneInfo("Europe/Zurich")
chicago = ZoneInfo("America/Chicago")
t = datetime(2024, 3, 31, 1, 30, tzinfo=zurich)
results = {
    "winter": datetime(2024, 1, 15, tzinfo=zurich).utcoffset().total_seconds(),
    "summer": datetime(2024, 7, 15, tzinfo=zurich).utcoffset().total_seconds(),
    "wall_clock": (t + timedelta(hours=1)).isoformat(),
    "through_utc": datetime.fromtimestamp(t.timestamp() + 3600, zurich).isoformat(),
    "other": t.astimezone(chicago).isoformat(),
    "fold": [datetime(2024, 10, 27, 2, 30, fold=f, tzinfo=zurich).tzname() for f in (0, 1)],
    "timestamps": [datetime(y, 6, 1, 12, tzinfo=chicago).timestamp() for y in (1999, 2024)],
}
