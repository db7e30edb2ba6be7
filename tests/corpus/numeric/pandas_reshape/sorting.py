# Sorted rows by several columns, keys and index.
import pandas as pd

df = pd.DataFrame({"a": [2, 1, 2, 1], "b": [2**33, 5, -1, 2**34], "c": list("wxyz")})
results = {
    "two_keys": df.sort_values(["a", "b"])["c"].tolist(),
    "mixed": df.sort_values(["a", "b"], ascending=[True, False]).index.tolist(),
    "key": df.sort_values("b", key=lambda v: (v - 10**9).abs())["c"].tolist(),
    "stable": df.sort_values("a", kind="stable")["c"].tolist(),
    "nlargest": df.nlargest(2, "b")["c"].tolist(),
    "nsmallest": df.nsmallest(2, ["a", "b"])["c"].tolist(),
    "rank": df["b"].rank().astype(int).mul(10**10).tolist(),
    "sort_index": df.sort_index(ascending=False)["c"].tolist(),
    "set_index": df.set_index(["a", "c"]).sort_index()["b"].tolist(),
}
