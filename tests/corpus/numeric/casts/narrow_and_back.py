# Explicit narrow types stay narrow through arithmetic, joins and copies.
import numpy as np

a = np.arange(4, dtype=np.int32)
u = np.array([1, 2], dtype=np.uint8)
results = {
    "python_int": str((a + 1).dtype),
    "slice": str(a[1:].dtype),
    "sorted": str(np.sort(a).dtype),
    "where": str(np.where(a > 1, a, np.int32(0)).dtype),
    "concatenate": str(np.concatenate([a, a]).dtype),
    "zeros_like": str(np.zeros_like(a).dtype),
    "array": str(np.array(a).dtype),
    "unique": str(np.unique(a).dtype),
    "diff": str(np.diff(a).dtype),
    "max": str(a.max().dtype),
    "clip": str(np.clip(a, 0, 2).dtype),
    "abs": str(np.abs(-a).dtype),
    "dot": str(np.dot(a, a).dtype),
    "outer": str(np.outer(u, u).dtype),
    "pad_roll": [str(np.pad(u, 1).dtype), str(np.roll(u, 1).dtype)],
    "sum_mean": [str(a.sum().dtype), str(a.mean().dtype), str(u.sum().dtype)],
    "intc": str(np.array([1], dtype=np.intc).dtype),
    "codes": [str(np.dtype(c)) for c in ("i", "i4", "h", "b", "q", "i8", "u4", "B")],
}
