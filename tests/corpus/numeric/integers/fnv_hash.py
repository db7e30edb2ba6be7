# A 64-bit FNV-1a hash in explicit uint64 arithmetic.
import numpy as np

data = np.frombuffer(b"beam position monitor 12", dtype=np.uint8)
h = np.uint64(14695981039346656037)
prime = np.uint64(1099511628211)
with np.errstate(over="ignore"):
    for byte in data:
        h = (h ^ np.uint64(byte)) * prime
results = {"hash": f"{int(h):016x}", "dtype": str(h.dtype)}
