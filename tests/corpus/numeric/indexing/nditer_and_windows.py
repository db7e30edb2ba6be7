# Explicit iteration, strided windows and blocks of integer arrays.
import numpy as np

a = np.arange(6).reshape(2, 3) * 10**9
total = 0
for v in np.nditer(a):
    total += int(v)
with np.nditer([a, None], op_dtypes=[None, a.dtype]) as it:
    for u, w in it:
        w[...] = u * 2
    doubled = it.operands[1]
row = np.arange(5)
windows = np.lib.stride_tricks.as_strided(row, (3, 3), row.strides * 2)
results = {
    "total": total,
    "doubled": doubled.tolist(),
    "doubled_dtype": str(doubled.dtype),
    "as_strided": windows.tolist(),
    "flat": [int(v) for v in a.flat][-2:],
    "blocks": a.reshape(2, 3, 1).repeat(2, axis=2).sum(axis=2).tolist(),
    "kernel_sums": np.lib.stride_tricks.sliding_window_view(a, (2, 2)).sum(axis=(2, 3)).tolist(),
}
