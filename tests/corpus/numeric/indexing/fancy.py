# Fancy and boolean indexing, with assignment.
import numpy as np

a = np.arange(10) * 10**9
b = a.copy()
b[[1, 3, 3]] += 5
b[b > 7 * 10**9] = -1
c = np.zeros(3, int)
np.put(c, [0, 2], [2**40, 7])
results = {
    "take": a[[9, 0, -1]].tolist(),
    "np_take": np.take([2**33, 2**34], [[1, 0], [0, 0]]).tolist(),
    "assigned": b.tolist(),
    "mask_sum": int(a[a % (2 * 10**9) == 0].sum()),
    "choose": np.choose([0, 1, 2, 1], [np.arange(4), np.arange(4) * 10**10, -np.arange(4)]).tolist(),
    "select": np.select([a < 3 * 10**9, a < 6 * 10**9], [0, 1], default=2**40).tolist(),
    "select_dtype": str(np.select([a < 3], [1], default=0).dtype),
    "compress": np.compress([False, True, True], a[:3]).tolist(),
    "place": np.extract(a > 5 * 10**9, a).tolist(),
    "put": c.tolist(),
    "piecewise": np.piecewise(np.arange(4), [np.arange(4) > 1], [2**40, lambda v: -v]).tolist(),
}
