# String methods on text columns.
import pandas as pd

s = pd.Series(["SR01:BPM-12", "SR02:QUAD-3", None, "sr10:bpm-7"])
parts = s.str.extract(r"(?i)sr(?P<cell>\d+):(?P<kind>[a-z]+)-(?P<n>\d+)")
results = {
    "upper": s.str.upper().dropna().tolist(),
    "contains": s.str.contains("bpm", case=False, na=False).tolist(),
    "lengths": s.str.len().fillna(-1).astype(int).tolist(),
    "cell": parts["cell"].dropna().astype(int).tolist(),
    "cell_scaled": (parts["n"].dropna().astype(int) * 10**10).tolist(),
    "split": s.str.split(":", expand=True)[0].dropna().tolist(),
    "replace": s.str.replace(r"\d+", "#", regex=True).dropna().tolist(),
    "find": (s.dropna().str.find(":") * 10**10).tolist(),
    "cat": s.dropna().str.cat(sep="|"),
    "pad": pd.Series(["7", "42"]).str.zfill(5).tolist(),
    "dummies": pd.Series(["a|b", "b"]).str.get_dummies().sum().to_dict(),
    "count": s.str.count("0").fillna(0).astype(int).tolist(),
    "dtype": str(s.dtype),
}
