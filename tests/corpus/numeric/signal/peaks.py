# Peaks of integer traces: positions, heights, prominences and widths.
import numpy as np
from scipy import signal

x = np.array([0, 3, 1, 5, 2, 2, 9, 1, 0, 4, 0]) * 10**9
p, props = signal.find_peaks(x, height=2 * 10**9, prominence=1)
results = {
    "positions": p.tolist(),
    "scaled": (p * 10**10).tolist(),
    "dtype": str(p.dtype),
    "heights": props["peak_heights"].tolist(),
    "prominences": props["prominences"].tolist(),
    "bases": (props["left_bases"] * 10**10).tolist(),
    "widths": signal.peak_widths(x.astype(float), p)[0].tolist(),
    "distance": signal.find_peaks(x, distance=4)[0].tolist(),
    "argrelmax": signal.argrelmax(x)[0].tolist(),
    "argrelextrema": (signal.argrelextrema(x, np.less)[0] * 10**10).tolist(),
    "total": int(x[p].sum()),
    "mean_spacing": float(np.diff(p).mean()),
}
