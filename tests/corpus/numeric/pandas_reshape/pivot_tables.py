# Pivot tables with sums, counts and margins of wide integers.
import pandas as pd

df = pd.DataFrame({"day": [1, 1, 2, 2, 2], "kind": list("xyxxy"), "n": [2**31, 3, 2**31, 2**31, 4]})
p = df.pivot_table(index="day", columns="kind", values="n", aggfunc="sum", margins=True, margins_name="all")
results = {
    "sum": p.to_numpy().tolist(),
    "index": [str(i) for i in p.index],
    "dtypes": p.dtypes.astype(str).tolist(),
    "count": (df.pivot_table(index="day", columns="kind", values="n", aggfunc="count") * 10**10).to_numpy().tolist(),
    "pivot": df.drop_duplicates(["day", "kind"]).pivot(index="day", columns="kind", values="n").to_numpy().tolist(),
    "filled": df.pivot_table(index="kind", columns="n", values="day", fill_value=0, aggfunc="size").to_numpy().tolist(),
    "multi": df.pivot_table(index="day", values="n", aggfunc=["min", "max"]).to_numpy().tolist(),
    "printed": str(p),
}
