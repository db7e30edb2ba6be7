# Linear interpolation inside and outside a table.
import numpy as np

x = np.array([0, 10, 20, 40])
y = np.array([0, 10**10, 10**10, -(10**10)])
results = {
    "interp": np.interp([5, 15, 30], x, y).tolist(),
    "outside": np.interp([-1, 50], x, y, left=-7, right=7).tolist(),
    "periodic": np.interp([361, -10], [0, 90, 180, 270], [0, 1, 0, -1], period=360).tolist(),
    "inverse": float(np.interp(2.5, [1, 2, 3], [10, 20, 30])),
    "integers": np.interp([1, 2], [0, 4], [0, 2**40]).astype(int).tolist(),
    "complex": [[v.real, v.imag] for v in np.interp([0.5], [0, 1], [0, 1 + 2j]).tolist()],
}
