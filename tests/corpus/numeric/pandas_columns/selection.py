# Selection and assignment by label, position and mask.
import pandas as pd

df = pd.DataFrame({"n": [1, 2, 3, 4], "v": [10, 20, 30, 40]}, index=list("abcd"))
df.loc["b", "v"] = 2**40
df.loc[df["n"] > 3, "v"] *= 10**9
df["w"] = df["v"].where(df["n"] % 2 == 0, -1)
results = {
    "v": df["v"].tolist(),
    "w": df["w"].tolist(),
    "dtypes": df.dtypes.astype(str).tolist(),
    "iloc": df.iloc[1:3, 0].mul(10**10).tolist(),
    "at": int(df.at["b", "v"]),
    "isin": df[df["n"].isin([1, 4])].index.tolist(),
    "mask": df["v"].mask(df["v"] > 100, 0).tolist(),
    "sample": df.sample(2, random_state=1).index.tolist(),
    "take": df.take([0, -1])["v"].tolist(),
    "insert": list(df.assign(total=df["n"] + df["v"]).columns),
}
