# Shifts reach bit 62 of default integers.
import numpy as np

one = np.array([1, 3, 5])
bits = np.left_shift(1, np.arange(0, 63, 7))
results = {
    "shl_40": (one << 40).tolist(),
    "left_shift": bits.tolist(),
    "right_shift": (bits >> 5).tolist(),
    "negative_right": (np.array([-(2**40), -1, -7]) >> 3).tolist(),
    "dtype": str((one << 40).dtype),
    "scalar": int(np.int_(1) << 33),
}
