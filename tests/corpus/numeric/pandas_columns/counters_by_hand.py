# Event numbering, run lengths and state changes of a status column.
import numpy as np
import pandas as pd

df = pd.DataFrame({"state": list("aabbbacc"), "n": np.arange(1, 9) * 600_000_000})
df["block"] = (df["state"] != df["state"].shift()).cumsum()
blocks = df.groupby("block").agg(state=("state", "first"), length=("n", "size"), total=("n", "sum"))
results = {
    "block": (df["block"] * 10**10).tolist(),
    "lengths": (blocks["length"] * 10**10).tolist(),
    "totals": blocks["total"].tolist(),
    "states": blocks["state"].tolist(),
    "changes": int((df["state"] != df["state"].shift()).sum() * 10**9),
    "longest": int(blocks["length"].idxmax()) * 10**10,
    "numbering": (np.arange(len(df)) * 10**10).tolist()[-2:],
    "share": (df["n"] / df["n"].sum()).round(6).tolist(),
    "dtypes": blocks.dtypes.astype(str).to_dict(),
}
