# Numbers pulled out of text and totalled.
import re

import numpy as np

text = "run=17 counts=3000000123 rate=2.5e3; run=18 counts=4000000456 rate=-1.25"
counts = np.array([int(v) for v in re.findall(r"counts=(\d+)", text)])
rates = np.array(re.findall(r"rate=([-+.\de]+)", text), dtype=float)
runs = np.array(re.findall(r"run=(\d+)", text)).astype(int)
results = {
    "counts": counts.tolist(),
    "total": int(counts.sum()),
    "rates": rates.tolist(),
    "runs_scaled": (runs * 10**10).tolist(),
    "dtypes": [str(counts.dtype), str(rates.dtype), str(runs.dtype)],
    "fields": dict(p.split("=") for p in text.split(";")[0].split()),
    "hex": [int(v, 16) for v in "ff 1ffffffff".split()],
    "product": int(np.prod(np.array("1000 2000 3000000".split(), dtype=int))),
}
