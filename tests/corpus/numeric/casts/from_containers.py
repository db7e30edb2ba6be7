# Arrays from ranges, tuples, sets, dictionaries, objects and other arrays.
import collections
from decimal import Decimal
from fractions import Fraction

import numpy as np

d = {"a": 3 * 10**9, "b": 4 * 10**9}
results = {
    "range": int(np.array(range(100_000)).sum()),
    "dict_values": int(np.array(list(d.values())).sum()),
    "deque": (np.array(collections.deque([1, 2])) * 10**10).tolist(),
    "sorted_set": (np.array(sorted({3, 1, 2})) * 10**10).tolist(),
    "of_scalars": str(np.array([np.int64(1), np.int64(2)]).dtype),
    "of_int32": str(np.array([np.int32(1), np.int32(2)]).dtype),
    "of_mixed": str(np.array([np.int32(1), 2]).dtype),
    "of_arrays": str(np.array([np.arange(2), np.arange(2)]).dtype),
    "fractions": np.array([Fraction(1, 2), Fraction(7, 2)]).astype(float).tolist(),
    "decimals": np.array([Decimal("1.5"), Decimal(10**10)], dtype=float).tolist(),
    "ragged": [len(v) for v in np.array([[1], [2, 3]], dtype=object)],
    "none": str(np.array([1, None]).dtype),
    "zero_dim": (np.array(7) * 10**10).item(),
    "ndmin": list(np.array([1, 2], ndmin=3).shape),
}
