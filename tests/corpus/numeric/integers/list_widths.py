# The dtype that a list of Python ints takes depends only on what 64 bits can hold.
import numpy as np

lists = {
    "small": [1, 2],
    "over_31": [2**31],
    "negative_31": [-(2**31) - 1],
    "over_62": [2**62, -1],
    "over_63": [2**63],
    "over_64": [2**64],
    "nested": [[1, 2**33], [3, 4]],
    "bools_and_ints": [True, 2],
    "ints_and_floats": [1, 2.5],
}
results = {k: [str(np.array(v).dtype), np.array(v).astype(object).tolist()] for k, v in lists.items() if k != "over_64"}
results["over_64"] = [str(np.array([2**64]).dtype), str(np.array([2**64])[0])]
