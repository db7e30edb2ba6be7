# Date ranges of various frequencies.
import pandas as pd

results = {
    "days": pd.date_range("2024-02-27", periods=4).strftime("%Y-%m-%d").tolist(),
    "hours": [str(t) for t in pd.date_range("2024-01-01", periods=3, freq="6h")],
    "month_ends": [str(t.date()) for t in pd.date_range("2024-01-15", periods=3, freq="ME")],
    "business": [str(t.date()) for t in pd.bdate_range("2024-05-03", periods=3)],
    "weekly": [str(t.date()) for t in pd.date_range("2024-01-01", "2024-01-31", freq="W-MON")],
    "quarters": [str(t.date()) for t in pd.date_range("2024-01-01", periods=3, freq="QS")],
    "nanoseconds": pd.date_range("2024-01-01", periods=3, freq="500ms").as_unit("ns").astype("int64").tolist(),
    "linear": [str(t) for t in pd.date_range("2024-01-01", "2024-01-02", periods=4)],
    "count": len(pd.date_range("2000-01-01", "2024-12-31")),
    "repr": repr(pd.date_range("2024-01-01", periods=2, freq="D")),
}
