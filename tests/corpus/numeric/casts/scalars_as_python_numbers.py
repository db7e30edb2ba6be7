# numpy integers used as indices, keys, counts and arguments of Python functions.
import json
import math

import numpy as np

n = np.arange(10)[7]
names = {5: "five", 7: "seven"}
results = {
    "factorial": math.factorial(n),
    "comb": math.comb(np.array([40])[0], 20),
    "range": list(range(np.array([3])[0])),
    "list_index": "abcdefgh"[n],
    "key": names[n],
    "equal": [bool(n == 7), n in {7}, hash(n) == hash(7)],
    "types": [isinstance(n, np.integer), isinstance(n, int), isinstance(n, np.int64), type(n) is np.int64],
    "json": json.dumps({"n": int(n), "all": np.arange(3).tolist()}),
    "divmod": [int(v) for v in divmod(np.array([10**12 + 7])[0], 10**6)],
    "pow": int(pow(np.array([10])[0], 12)),
    "float": float(np.array([2**40])[0]) / 3,
    "complex": complex(n).real,
    "index": n.__index__(),
    "round": [int(round(np.array([123456])[0], -3)), int(np.array([7])[0].bit_count())],
}
