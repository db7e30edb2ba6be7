# Turn-by-turn position noise: covariance, coherent modes and correlated monitors.
import numpy as np

rng = np.random.default_rng(47)
turn = np.arange(512)
phase = np.linspace(0, 4, 6)
data = np.sin(2 * np.pi * 0.231 * turn[:, None] + phase) * 120 + rng.normal(0, 5, (512, 6))
data -= data.mean(axis=0)
s = np.linalg.svd(data, compute_uv=False)
nm = np.round(data * 1000).astype(int)
cov = nm.T @ nm
results = {
    "singular": s.tolist(),
    "coherent": float((s[:2] ** 2).sum() / (s**2).sum()),
    "covariance_nm2": np.diag(cov).tolist(),
    "covariance_dtype": str(cov.dtype),
    "trace": int(np.trace(cov)),
    "noise_um": float(s[2:].std()),
    "rms": data.std(axis=0).tolist(),
}
