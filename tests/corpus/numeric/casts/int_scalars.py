# np.int_ and np.uint as scalar constructors.
import numpy as np

results = {
    "int_": [int(np.int_(2**40)), repr(np.int_(5)), str(np.int_(5).dtype)],
    "from_float": int(np.int_(3e12)),
    "from_string": int(np.int_("123456789012")),
    "from_list": np.int_([1, 2**40]).tolist(),
    "uint": int(np.uint(2**63)),
    "multiply": int(np.int_(3_000_000) * np.int_(3_000_000)),
    "power": int(np.int_(10) ** 15),
    "negative": int(-np.int_(2**35)),
    "compare": bool(np.int_(2**40) > 2**39),
    "round": int(np.round(np.int_(123456789012), -6)),
    "bit_length": np.int_(2**40).item().bit_length(),
}
