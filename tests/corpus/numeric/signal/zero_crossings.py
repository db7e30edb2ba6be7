# Zero crossings and phase of a sampled oscillation.
import numpy as np

t = np.arange(2000) * 1e-3
x = np.cos(2 * np.pi * 7.3 * t + 0.5)
i = np.where(np.diff(np.sign(x)) > 0)[0]
crossing = t[i] - x[i] * (t[i + 1] - t[i]) / (x[i + 1] - x[i])
results = {
    "indices": i.tolist(),
    "index_scaled": (i[:3] * 10**10).tolist(),
    "frequency": float(1 / np.diff(crossing).mean()),
    "count": int(i.size) * 10**10,
    "unwrapped": float(np.unwrap(np.angle(np.exp(1j * 2 * np.pi * 7.3 * t)))[-1]),
    "runs": np.diff(np.flatnonzero(np.diff(x > 0))).tolist()[:6],
}
