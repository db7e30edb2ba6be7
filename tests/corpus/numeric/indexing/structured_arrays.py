# Structured and record arrays with int fields.
import numpy as np

t = np.dtype([("name", "U8"), ("turn", int), ("charge", float)])
a = np.array([("b1", 3_000_000_000, 0.5), ("b2", 4_000_000_000, 0.25), ("b3", 5, 1.0)], dtype=t)
r = np.rec.array([(1, 2.5), (2**40, 3.5)], names="n,x")
results = {
    "descr": [[n, str(t[n])] for n in t.names],
    "itemsize": t.itemsize,
    "turn_sum": int(a["turn"].sum()),
    "sorted": np.sort(a, order="turn")["name"].tolist(),
    "argsort": (np.argsort(a, order="charge") * 10**10).tolist(),
    "mask": a[a["turn"] > 10]["name"].tolist(),
    "row": list(a[0].item()),
    "rec_n": r.n.tolist(),
    "rec_dtype": [str(r.dtype[k]) for k in r.dtype.names],
    "fromarrays": np.rec.fromarrays([[1, 2], [3.0, 4.0]], names="a,b").a.dtype.str,
    "str_int_field": str(np.zeros(1, dtype=[("k", "int")]).dtype["k"]),
    "repr": repr(a[:1]),
}
