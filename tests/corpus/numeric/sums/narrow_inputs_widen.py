# Sums of explicitly narrow integer arrays are accumulated in 64 bits.
import numpy as np

out = {}
for t in ("int8", "int16", "int32", "uint8", "uint16", "uint32"):
    a = np.full(100_000, np.iinfo(t).max, dtype=t)
    out[t] = [int(a.sum()), str(a.sum().dtype), int(np.cumsum(a)[-1]), str(np.prod(a[:2]).dtype), int(np.prod(a[:2]))]
results = out
results["forced"] = str(np.ones(3, dtype=np.int32).sum(dtype=np.int32).dtype)
results["add_reduce"] = str(np.add.reduce(np.ones(3, dtype=np.int16)).dtype)
results["trace"] = str(np.trace(np.eye(3, dtype=np.int8)).dtype)
