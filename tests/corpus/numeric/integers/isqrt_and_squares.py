# Perfect squares above 2**31 recognised with integer arithmetic.
import math

import numpy as np

n = np.array([46341, 1_000_003, 94_906_265])
sq = n * n
root = np.sqrt(sq).round().astype(int)
results = {
    "squares": sq.tolist(),
    "roots": root.tolist(),
    "exact": (root * root == sq).tolist(),
    "isqrt": [math.isqrt(int(s)) for s in sq],
    "not_square": ((sq + 1) == np.sqrt(sq + 1).round().astype(int) ** 2).tolist(),
    "pythagorean": int(((n[:2] ** 2)[:, None] + n[:2] ** 2).max()),
}
