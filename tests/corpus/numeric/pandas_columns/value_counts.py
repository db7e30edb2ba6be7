# Value counts, unique values and duplicates.
import pandas as pd

s = pd.Series([3, 1, 3, 2**40, 3, 1])
c = s.value_counts()
results = {
    "counts": [[int(k), int(v)] for k, v in c.items()],
    "scaled": (c * 10**10).tolist(),
    "dtype": str(c.dtype),
    "normalised": s.value_counts(normalize=True).tolist(),
    "bins": pd.Series([1, 2, 5, 9]).value_counts(bins=[0, 3, 10], sort=False).tolist(),
    "unique": s.unique().tolist(),
    "duplicated": (s.duplicated().sum() * 10**10).item(),
    "drop_duplicates": s.drop_duplicates().index.tolist(),
    "frame": pd.DataFrame({"a": [1, 1, 2], "b": [0, 0, 1]}).value_counts().tolist(),
    "str": str(c),
}
