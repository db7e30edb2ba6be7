# Calendar and business offsets.
import pandas as pd
from pandas.tseries.offsets import BDay, BMonthEnd, DateOffset, MonthEnd, Week

t = pd.Timestamp("2024-01-31")
results = {
    "month_end": [str((t + MonthEnd(k)).date()) for k in range(3)],
    "months": [str((t + DateOffset(months=k)).date()) for k in (1, 2, 13)],
    "business": str((t + BDay(10)).date()),
    "business_month": str((t + BMonthEnd()).date()),
    "week": str((t + Week(weekday=0)).date()),
    "rollback": str(MonthEnd().rollback(pd.Timestamp("2024-05-17")).date()),
    "index": [str(v.date()) for v in pd.date_range("2024-01-30", periods=3) + DateOffset(months=1)],
    "count": len(pd.date_range("2024-01-01", "2024-12-31", freq=BDay())),
    "date_time_offset": str(t + DateOffset(days=1, hours=5, minutes=30)),
}
