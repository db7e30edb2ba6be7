# Corrector kicks from the pseudo-inverse of a response matrix.
import numpy as np

i, j = np.indices((8, 5))
response = np.cos(0.9 * np.abs(i - 1.6 * j) - 1.3) * np.sqrt((5 + i) * (4 + j))
orbit = 0.5 * np.sin(1.1 * np.arange(8)) + 0.1
u, s, vt = np.linalg.svd(response, full_matrices=False)
keep = 3
kicks = vt[:keep].T @ ((u[:, :keep].T @ orbit) / s[:keep])
results = {
    "singular": s.tolist(),
    "kicks": kicks.tolist(),
    "rms_before": float(np.sqrt((orbit**2).mean())),
    "rms_after": float(np.sqrt(((orbit - response @ kicks) ** 2).mean())),
    "full": np.linalg.norm(orbit - response @ np.linalg.pinv(response) @ orbit).round(9).item(),
}
