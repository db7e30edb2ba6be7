# Categorical data: codes, order, grouping and renaming.
import pandas as pd

s = pd.Series(["b", "a", "c", "a"], dtype="category")
results = {
    "codes": s.cat.codes.tolist(),
    "codes_dtype": str(s.cat.codes.dtype),
    "weighted": (s.cat.codes.astype(int) * 10**10).tolist(),
    "categories": s.cat.categories.tolist(),
    "renamed": s.cat.rename_categories({"a": "A"}).tolist(),
    "ordered_max": s.cat.as_ordered().max(),
    "added": s.cat.add_categories(["d"]).value_counts(sort=False).tolist(),
    "removed": s.cat.remove_categories("c").isna().tolist(),
    "group": s.to_frame("k").assign(n=10**10).groupby("k", observed=True)["n"].sum().to_dict(),
    "from_codes": pd.Categorical.from_codes([0, 1, -1, 0], ["x", "y"]).tolist()[:2],
    "int_categories": str(pd.Categorical([3, 1, 3]).categories.dtype),
    "union": pd.api.types.union_categoricals([pd.Categorical(["a"]), pd.Categorical(["b"])]).codes.tolist(),
}
