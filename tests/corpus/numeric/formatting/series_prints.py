# Printed series, indexes and categories.
import pandas as pd

s = pd.Series([1, 2, 3], index=list("abc"), name="n")
results = {
    "ints": str(s),
    "big": str(s * 10**10),
    "floats": str(pd.Series([0.5, 1.25])),
    "bools": str(s > 1),
    "counts": str(pd.Series(["x", "y", "x"]).value_counts()),
    "index": repr(pd.Index([1, 2, 3])),
    "range_index": repr(pd.RangeIndex(3)),
    "multi": repr(pd.MultiIndex.from_product([["a"], [1, 2]], names=["k", "n"])),
    "categorical": repr(pd.Categorical(["lo", "hi", "lo"])),
    "dates": repr(pd.date_range("2024-01-01", periods=2)),
    "interval": str(pd.cut(pd.Series([1, 5]), [0, 2, 6])),
    "nullable": str(pd.array([1, None], dtype="Int64")),
    "describe_dtype": str(s.describe().dtype),
}
