# genfromtxt with int, mixed and automatic dtypes.
import io

import numpy as np

text = "run,hits,loss\n101,3000000000,0.5\n102,4000000000,\n103,,0.25\n"
auto = np.genfromtxt(io.StringIO(text), delimiter=",", names=True, dtype=None, encoding="utf-8")
ints = np.genfromtxt(io.StringIO(text), delimiter=",", skip_header=1, usecols=(0, 1), dtype=int)
results = {
    "names": list(auto.dtype.names),
    "dtypes": [str(auto.dtype[n]) for n in auto.dtype.names],
    "runs": auto["run"].tolist(),
    "hits": auto["hits"].tolist(),
    "loss": auto["loss"].tolist(),
    "ints": ints.tolist(),
    "ints_dtype": str(ints.dtype),
    "filled": np.genfromtxt(io.StringIO("1,2\n3,"), delimiter=",", dtype=int, filling_values=2**40).tolist(),
    "floats": np.genfromtxt(io.StringIO("1 2\n3 x")).tolist(),
}
