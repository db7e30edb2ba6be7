# Cumulative operations of integer columns.
import pandas as pd

s = pd.Series([1_500_000_000, 1_500_000_000, 3, 4])
results = {
    "cumsum": s.cumsum().tolist(),
    "cumprod": s.iloc[:2].cumprod().tolist(),
    "cummax": s.cummax().tolist(),
    "diff": s.diff().fillna(0).astype(int).tolist(),
    "diff_dtype": str(s.diff().dtype),
    "pct_change": s.pct_change().round(6).tolist()[1:],
    "shift": s.shift(1, fill_value=2**40).tolist(),
    "expanding": s.expanding().sum().tolist(),
    "bool_cumsum": ((s > 3).cumsum() * 10**10).tolist(),
    "frame": pd.DataFrame({"a": s, "b": s * 2}).cumsum().iloc[-1].to_dict(),
}
