# Group sums past 2**31, counts and sizes.
import numpy as np
import pandas as pd

df = pd.DataFrame({"k": list("ababa"), "n": [2_000_000_000] * 5, "x": [1.0, np.nan, 3.0, 4.0, 5.0]})
g = df.groupby("k")
results = {
    "sum": g["n"].sum().to_dict(),
    "sum_dtype": str(g["n"].sum().dtype),
    "count": (g["x"].count() * 10**10).to_dict(),
    "size": (g.size() * 10**10).to_dict(),
    "size_dtype": str(g.size().dtype),
    "prod": g["n"].prod().to_dict()["b"],
    "mean": g["x"].mean().to_dict(),
    "len": len(g),
    "ngroups": g.ngroups * 10**10,
    "printed": str(g.sum()),
}
