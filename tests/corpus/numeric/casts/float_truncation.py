# Rounding functions before conversion to integers.
import numpy as np

x = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]) * 1e10 + 0.5
results = {
    "floor": np.floor(x).astype(int).tolist(),
    "ceil": np.ceil(x).astype(int).tolist(),
    "trunc": np.trunc(x).astype(int).tolist(),
    "round": np.round(x, -9).astype(int).tolist(),
    "bankers": np.round([0.5, 1.5, 2.5, -0.5]).tolist(),
    "fix": np.fix([2.7, -2.7]).tolist(),
    "int_round_negative_decimals": np.round(np.array([123456789012]), -3).tolist(),
    "modf": [v.tolist() for v in np.modf([3.25, -3.25])],
    "frexp": [v.tolist() for v in np.frexp([8.0, 0.3])],
    "ldexp": np.ldexp([1.0, 1.5], [35, 36]).astype(int).tolist(),
}
