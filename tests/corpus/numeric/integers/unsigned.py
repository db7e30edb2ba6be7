# Unsigned integers up to 2**64 - 1.
import numpy as np

u = np.array([2**64 - 1, 2**63, 1], dtype=np.uint64)
big = np.array([2**63])
results = {
    "values": [int(v) for v in u],
    "sum_wraps": int(u[:2].sum()),
    "list_dtype": str(big.dtype),
    "with_default_int": str((u + np.array([1])).dtype),
    "uint_name": str(np.dtype(np.uint)),
    "u32_sum": int(np.full(4, 2**32 - 1, dtype=np.uint32).sum()),
    "u32_sum_dtype": str(np.full(4, 1, dtype=np.uint32).sum().dtype),
    "shift": int((np.array([1], dtype=np.uint64) << np.uint64(63))[0]),
}
