# meshgrid, indices, mgrid, ogrid and ix_ of integers.
import numpy as np

x, y = np.meshgrid(np.arange(3), np.arange(2))
i, j = np.indices((2, 3))
g = np.mgrid[0:3, 0:2]
o = np.ogrid[0:3, 0:2]
r = np.r_[0:3, 10, 20:40:10]
results = {
    "meshgrid": ((x + y) * 10**10).tolist(),
    "indices": ((i * 3 + j) * 10**10).tolist(),
    "mgrid": (g.sum(axis=0) * 10**10).tolist(),
    "ogrid": ((o[0] * o[1] + 1) * 10**10).tolist(),
    "r_": (r * 10**10).tolist(),
    "c_": (np.c_[[1, 2], [3, 4]] * 10**10).tolist(),
    "ix_": np.arange(9).reshape(3, 3)[np.ix_([0, 2], [1, 2])].tolist(),
    "dtypes": [str(v.dtype) for v in (x, i, g, o[0], r)],
    "mgrid_complex": np.mgrid[0:1:3j].tolist(),
    "row_major": int((i * 2**33 + j).sum()),
}
