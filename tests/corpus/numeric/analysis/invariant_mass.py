# Invariant masses of particle pairs from four-vectors.
import numpy as np

rng = np.random.default_rng(91)
pt = rng.exponential(20, (500, 2)) + 5
eta = rng.normal(0, 1.2, (500, 2))
phi = rng.uniform(-np.pi, np.pi, (500, 2))
mass = np.sqrt(2 * pt[:, 0] * pt[:, 1] * (np.cosh(np.diff(eta)[:, 0]) - np.cos(np.diff(phi)[:, 0])))
counts, _ = np.histogram(mass, bins=[0, 20, 40, 60, 80, 100, 150])
results = {
    "head": mass[:3].tolist(),
    "counts": counts.tolist(),
    "mean": float(mass.mean()),
    "window": int(((mass > 80) & (mass < 100)).sum() * 10**10),
    "efficiency": f"{(pt.min(axis=1) > 10).mean():.3f}",
    "leading": int(mass.argmax()) * 10**10,
}
