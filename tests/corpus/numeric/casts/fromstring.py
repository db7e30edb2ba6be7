# Numbers parsed from delimited text.
import numpy as np

results = {
    "ints": np.fromstring("1 2 3000000000", dtype=int, sep=" ").tolist(),
    "ints_dtype": str(np.fromstring("1,2", dtype=int, sep=",").dtype),
    "floats": np.fromstring("1.5, 2.5e3", sep=",").tolist(),
    "split": np.array("10 20 5000000000".split(), dtype=int).tolist(),
    "split_int64": np.array("10 20".split(), dtype=np.int64).sum().item() * 10**10,
    "nested_split": np.array([r.split(",") for r in "1,2;3,4".split(";")]).astype(int).tolist(),
    "from_bytes": np.array([b"12", b"99999999999"]).astype(int).tolist(),
}
