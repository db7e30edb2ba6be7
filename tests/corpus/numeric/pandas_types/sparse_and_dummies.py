# Indicator columns, their sums and their codes.
import pandas as pd

df = pd.DataFrame({"k": ["a", "b", "a"], "n": [10**10, 2, 3]})
d = pd.get_dummies(df, columns=["k"], dtype=int)
sparse = pd.arrays.SparseArray([0, 0, 2**40, 1])
results = {
    "columns": list(d.columns),
    "dtypes": d.dtypes.astype(str).tolist(),
    "sums": d.sum().to_dict(),
    "weighted": d.filter(like="k_").mul(df["n"], axis=0).sum().to_dict(),
    "default_dtype": str(pd.get_dummies(df["k"]).dtypes.iloc[0]),
    "from_dummies": pd.from_dummies(pd.get_dummies(df["k"])).iloc[:, 0].tolist(),
    "sparse_sum": int(sparse.sum()),
    "sparse_density": sparse.density,
    "sparse_dtype": str(sparse.dtype),
}
