# Interval indexes, cut and qcut.
import pandas as pd

s = pd.Series([1, 7, 5, 4, 6, 3, 2**33])
cut = pd.cut(s, [0, 3, 6, 2**40], labels=["low", "mid", "high"])
binned, edges = pd.cut(s.iloc[:6], 3, retbins=True)
results = {
    "labels": cut.tolist(),
    "codes": (cut.cat.codes.astype(int) * 10**10).tolist(),
    "counts": cut.value_counts(sort=False).tolist(),
    "edges": edges.tolist(),
    "no_labels": (pd.cut(s, [0, 3, 6, 2**40], labels=False) * 10**10).tolist(),
    "no_labels_dtype": str(pd.cut(s, [0, 3, 6, 2**40], labels=False).dtype),
    "qcut": pd.qcut(s, 3, labels=False).tolist(),
    "qcut_bins": pd.qcut(s, [0, 0.5, 1], retbins=True)[1].tolist(),
    "interval_strings": binned.astype(str).unique().tolist(),
    "contains": pd.IntervalIndex.from_breaks([0, 5, 10]).get_indexer([1, 5, 6]).tolist(),
    "overlap": pd.Interval(0, 5).overlaps(pd.Interval(4, 9)),
    "lengths": pd.interval_range(0, 10**11, 2).length.tolist(),
}
