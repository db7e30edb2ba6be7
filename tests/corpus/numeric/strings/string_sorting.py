# Sorting, uniqueness and lookup of device names.
import re

import numpy as np

names = np.array(["q10", "q2", "b1", "q1", "b12", "b1"])
number = np.array([int(re.sub(r"\D", "", n)) for n in names])
u, inverse, counts = np.unique(names, return_inverse=True, return_counts=True)
results = {
    "natural": names[np.lexsort((number, [n[0] for n in names]))].tolist(),
    "unique": u.tolist(),
    "inverse": (inverse * 10**10).tolist(),
    "counts": (counts * 10**10).tolist(),
    "searchsorted": np.searchsorted(u, ["b12", "q"]).tolist(),
    "in1d": np.isin(names, ["q1", "b1"]).tolist(),
    "keyed": sorted(names.tolist(), key=lambda n: (n[0], int(n[1:]))),
    "number_dtype": str(number.dtype),
}
