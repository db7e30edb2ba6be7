# Separators, comments, missing marks, dates and thousands in text tables.
import io

import pandas as pd

text = "# log\ntime;value;n\n2024-01-01 00:00:00;1,5;1.000.000\n2024-01-01 01:00:00;NA;3.000.000.000\n"
df = pd.read_csv(io.StringIO(text), sep=";", comment="#", decimal=",", thousands=".", parse_dates=[0], index_col="time")
spaced = pd.read_csv(io.StringIO("a b  c\n1 2   3\n4 5 6000000000\n"), sep=r"\s+")
results = {
    "value": df["value"].fillna(-1).tolist(),
    "n": df["n"].tolist(),
    "n_dtype": str(df["n"].dtype),
    "index": [str(t) for t in df.index],
    "spaced": spaced.sum().to_dict(),
    "header": pd.read_csv(io.StringIO("1,2\n3,4"), header=None, names=["p", "q"])["q"].mul(10**10).tolist(),
    "skip": pd.read_csv(io.StringIO("junk\nx\n1\n2\n"), skiprows=1)["x"].tolist(),
    "converters": pd.read_csv(io.StringIO("h\nff\n1fffffffff\n"), converters={"h": lambda v: int(v, 16)})["h"].tolist(),
    "true_values": pd.read_csv(io.StringIO("f\nyes\nno\n"), true_values=["yes"], false_values=["no"])["f"].tolist(),
    "quoted": pd.read_csv(io.StringIO('a,b\n"x, y",1\n'))["a"].tolist(),
    "fwf": pd.read_fwf(io.StringIO("id  n\n1   3000000000\n"))["n"].tolist(),
}
