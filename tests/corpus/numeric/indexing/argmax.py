# Positions of extremes multiply past 2**31.
import numpy as np

a = np.array([[3, 9, 2], [8, 1, 7]])
results = {
    "argmax": int(a.argmax() * 10**10),
    "axis0": (a.argmax(axis=0) * 10**10).tolist(),
    "axis1": (np.argmin(a, axis=1) * 10**10).tolist(),
    "list": int(np.argmax([1, 5, 2]) * 10**10),
    "nanargmax": int(np.nanargmax([np.nan, 2.0, 5.0]) * 10**10),
    "keepdims": (a.argmax(axis=1, keepdims=True) * 10**10).tolist(),
    "flat_position": [int(v) for v in np.unravel_index(a.argmax(), a.shape)],
    "take_along": np.take_along_axis(a, a.argmax(axis=1)[:, None], axis=1).tolist(),
}
