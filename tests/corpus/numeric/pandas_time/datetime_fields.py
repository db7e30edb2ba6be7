# Fields of datetime columns.
import pandas as pd

s = pd.Series(pd.to_datetime(["1999-12-31 23:59:59", "2024-02-29 06:30:00", "2024-07-04 00:00:00"]))
results = {
    "year": s.dt.year.tolist(),
    "fields_dtype": str(s.dt.year.dtype),
    "day_of_week": s.dt.dayofweek.tolist(),
    "day_name": s.dt.day_name().tolist(),
    "day_of_year": s.dt.dayofyear.tolist(),
    "iso": s.dt.isocalendar().astype(int).to_numpy().tolist(),
    "quarter": s.dt.quarter.tolist(),
    "leap": s.dt.is_leap_year.tolist(),
    "days_in_month": s.dt.days_in_month.tolist(),
    "floor": s.dt.floor("h").astype(str).tolist(),
    "normalise": s.dt.normalize().astype(str).tolist(),
    "strftime": s.dt.strftime("%d/%m/%y %H:%M").tolist(),
    "julian": [round(float(t.to_julian_date()), 6) for t in s],
    "yyyymmdd": (s.dt.year.astype(int) * 10_000_000_000 + s.dt.month * 10**8 + s.dt.day).tolist(),
}
