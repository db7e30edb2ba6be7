# Integer products along axes.
import numpy as np

a = np.arange(1, 13).reshape(3, 4)
results = {
    "all": int(a.prod()),
    "axis0": a.prod(axis=0).tolist(),
    "axis1": np.prod(a, axis=1).tolist(),
    "big": int(np.prod(np.array([99_991, 99_989, 99_971]))),
    "cumprod_axis": np.cumprod(a * 100, axis=1).tolist(),
    "multiply_reduce": int(np.multiply.reduce([10**4] * 4)),
    "multiply_accumulate": np.multiply.accumulate([2**16] * 3).tolist(),
    "dtype": str(a.prod().dtype),
}
