# Sums of long ranges pass 2**31 and stay exact.
import numpy as np

a = np.arange(1_000_000)
results = {
    "sum": int(a.sum()),
    "np_sum": int(np.sum(a)),
    "sum_squares": int((a**2).sum()),
    "sum_dtype": str(a.sum().dtype),
    "mean": float(a.mean()),
    "std": float(a.std()),
    "builtin": int(sum(np.arange(70_000))),
    "reshape_axis": a.reshape(4, -1).sum(axis=1).tolist(),
    "strided": int(a[::3].sum()),
    "reverse": int(a[::-1].sum()),
}
