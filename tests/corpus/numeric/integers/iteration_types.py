# Elements of default-integer arrays are int64 scalars that multiply without wrapping.
import numpy as np

a = np.arange(99_998, 100_001)
total = 0
for v in a:
    total += v * v
results = {
    "types": sorted({type(v).__name__ for v in a}),
    "total": int(total),
    "tolist_types": [type(v).__name__ for v in a.tolist()],
    "isinstance_int64": isinstance(a[0], np.int64),
    "isinstance_int_": isinstance(a[0], np.int_),
    "isinstance_integer": isinstance(a[0], np.integer),
    "sum_builtin": int(sum(a * a)),
    "item": str(a[0].item() ** 4),
    "enumerate": [int(i * v) for i, v in enumerate(a)],
    "max_by_key": int(max(a, key=lambda v: -v * 10**6)),
}
