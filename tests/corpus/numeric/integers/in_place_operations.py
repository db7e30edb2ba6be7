# In-place arithmetic on default-integer arrays.
import numpy as np

a = np.arange(1, 5)
a *= 10**6
a *= 10**6
b = np.zeros(4, dtype=int)
b += a
b //= 7
b[1] += 2**40
b[2:] -= 3
c = np.ones(3, dtype=int)
c <<= 40
c |= 5
d = np.arange(4)
d **= 20
results = {name: [v.tolist(), str(v.dtype)] for name, v in {"a": a, "b": b, "c": c, "d": d}.items()}
