# Absolute value, sign, clip, minimum and maximum of wide integers.
import numpy as np

a = np.array([-(2**40), -5, 0, 5, 2**40])
results = {
    "abs": np.abs(a).tolist(),
    "sign": np.sign(a).tolist(),
    "negative": np.negative(a).tolist(),
    "clip": np.clip(a, -(2**35), 2**35).tolist(),
    "clip_small_array": np.clip(np.array([1, 2, 3]), 0, 2**40).tolist(),
    "maximum": np.maximum(a, 2**33).tolist(),
    "minimum_reduce": int(np.minimum.reduce(a)),
    "ptp": int(np.ptp(a)),
    "min_max": [int(a.min()), int(a.max())],
    "copysign_is_float": str(np.copysign(a, -1).dtype),
}
