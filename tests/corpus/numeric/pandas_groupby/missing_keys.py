# Missing keys dropped or kept, and unobserved categories.
import pandas as pd

df = pd.DataFrame({"k": ["a", None, "b", "a"], "n": [2**31, 2**31, 1, 2**31]})
c = df.assign(k=pd.Categorical(df["k"], categories=["a", "b", "z"]))
kept = df.groupby("k", dropna=False)["n"].sum()
results = {
    "dropped": df.groupby("k")["n"].sum().to_dict(),
    "kept_values": kept.tolist(),
    "kept_last_is_nan": bool(pd.isna(kept.index[-1])),
    "observed": c.groupby("k", observed=True)["n"].sum().to_dict(),
    "unobserved": c.groupby("k", observed=False)["n"].sum().to_dict(),
    "unobserved_size": (c.groupby("k", observed=False).size() * 10**10).to_dict(),
    "transform_na": df.groupby("k")["n"].transform("sum").fillna(-1).tolist(),
    "min_count": df.groupby("k")["n"].sum(min_count=2).tolist(),
}
