# Text tables read with dtype=int hold wide integers.
import io

import numpy as np

text = "# id count\n1 3000000000\n2 4000000000\n3 5000000000\n"
t = np.loadtxt(io.StringIO(text), dtype=int)
results = {
    "table": t.tolist(),
    "dtype": str(t.dtype),
    "sum": int(t[:, 1].sum()),
    "unpack": [c.tolist() for c in np.loadtxt(io.StringIO(text), dtype=int, unpack=True)],
    "usecols": np.loadtxt(io.StringIO(text), dtype=int, usecols=1).tolist(),
    "csv": np.loadtxt(io.StringIO("1,2\n3,4"), delimiter=",", dtype=int).sum(axis=0).tolist(),
    "float": np.loadtxt(io.StringIO("1.5,2e10\n3,4"), delimiter=",").tolist(),
    "fields": [list(r) for r in np.loadtxt(io.StringIO("a 1\nb 2"), dtype=[("n", "U1"), ("v", int)]).tolist()],
}
