# A cumulative product of 1..20 gives every factorial that fits 64 bits.
import math

import numpy as np

fact = np.cumprod(np.arange(1, 21))
results = {
    "factorials": fact.tolist(),
    "dtype": str(fact.dtype),
    "matches_math": [int(f) == math.factorial(k) for k, f in enumerate(fact, 1)],
    "prod": int(np.prod(np.arange(1, 21))),
    "repr": repr(fact[-3:]),
}
