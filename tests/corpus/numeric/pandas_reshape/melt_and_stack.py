# Wide to long and back.
import pandas as pd

wide = pd.DataFrame({"id": [1, 2], "a": [10**10, 2], "b": [3, 4]})
long = wide.melt(id_vars="id", var_name="k", value_name="v")
back = long.pivot(index="id", columns="k", values="v")
stacked = wide.set_index("id").stack()
numbered = pd.DataFrame({"id": [1], "x1": [2**40], "x2": [5]})
results = {
    "long": long.to_dict("list"),
    "dtypes": long.dtypes.astype(str).tolist(),
    "back": back.to_numpy().tolist(),
    "stacked": stacked.tolist(),
    "stacked_index": [list(map(str, i)) for i in stacked.index],
    "unstacked": stacked.unstack(0).to_numpy().tolist(),
    "wide_to_long": pd.wide_to_long(numbered, "x", i="id", j="t")["x"].tolist(),
    "transpose_dtypes": wide.T.dtypes.astype(str).tolist(),
}
