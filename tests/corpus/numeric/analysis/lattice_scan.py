# Particles tracked through a sextupole map until they are lost.
import numpy as np

x0 = np.linspace(0.05, 0.9, 18)
x, p = x0.copy(), np.zeros_like(x0)
turns = np.zeros(x0.size, dtype=int)
c, s = np.cos(2 * np.pi * 0.205), np.sin(2 * np.pi * 0.205)
alive = np.ones(x0.size, dtype=bool)
for _ in range(200):
    x, p = np.where(alive, c * x + s * (p + x**2), x), np.where(alive, -s * x + c * (p + x**2), p)
    alive &= np.hypot(x, p) < 10
    turns += alive
results = {
    "turns": turns.tolist(),
    "survivors": int(alive.sum() * 10**10),
    "aperture": float(x0[alive].max()),
    "dtype": str(turns.dtype),
    "total_turns": int(turns.sum() * 10**8),
    "first_orbit": float(np.round(x[0], 6)),
}
