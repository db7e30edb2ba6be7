# Dates parsed from mixed text.
import pandas as pd

results = {
    "iso": [str(t) for t in pd.to_datetime(["2024-01-05", "2024-12-31"])],
    "format": [str(t) for t in pd.to_datetime(["05.01.2024 13:45", "31.12.2023 00:00"], format="%d.%m.%Y %H:%M")],
    "day_first": str(pd.to_datetime("03/04/2024", dayfirst=True)),
    "coerce": pd.to_datetime(["2024-01-01", "not a date"], errors="coerce").isna().tolist(),
    "columns": [str(t) for t in pd.to_datetime(pd.DataFrame({"year": [2024, 2025], "month": [2, 3], "day": [4, 5]}))],
    "compact": str(pd.to_datetime("20240506", format="%Y%m%d")),
    "int_dates": [str(t) for t in pd.to_datetime([20240101, 20241231], format="%Y%m%d")],
    "zone": str(pd.to_datetime("2024-01-01T00:00:00Z")),
    "fraction": pd.Timestamp("2024-01-01 00:00:00.000000001").nanosecond,
    "origin": str(pd.to_datetime(45_000, unit="D", origin="1899-12-30")),
    "parts": str(pd.Timestamp(year=2024, month=2, day=29, hour=3)),
}
