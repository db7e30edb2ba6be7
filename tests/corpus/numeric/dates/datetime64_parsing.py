# Parsing and units of datetime64.
import numpy as np

d = np.array(["2024-02-28", "2024-02-29", "2024-03-01"], dtype="datetime64[D]")
t = np.datetime64("2024-05-06T07:08:09.123456789")
results = {
    "dtypes": [str(d.dtype), str(t.dtype), str(np.datetime64("2024").dtype), str(np.datetime64("2024-05-06T07").dtype)],
    "days": d.astype(int).tolist(),
    "days_dtype": str(d.astype(int).dtype),
    "ns": int(t.astype(int)),
    "ns_i8": int(t.astype("int64")),
    "view": d.view("int64").tolist(),
    "strings": d.astype(str).tolist(),
    "truncated": [str(t.astype(f"datetime64[{u}]")) for u in ("Y", "M", "D", "h", "m", "s", "ms", "us")],
    "nat": [str(np.datetime64("NaT")), bool(np.isnat(np.datetime64("NaT")))],
    "repr": repr(d),
}
