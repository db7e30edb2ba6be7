# Leapfrog and Runge-Kutta steps written with plain arrays.
import numpy as np

x, v, dt = 1.0, 0.0, 0.01
energy = []
for _ in range(1000):
    v -= 0.5 * dt * x
    x += dt * v
    v -= 0.5 * dt * x
    energy.append(0.5 * (x * x + v * v))
y = np.array([1.0, 0.0])
f = lambda s: np.array([s[1], -s[0]])
for _ in range(200):
    k1 = f(y)
    k2 = f(y + 0.025 * k1)
    k3 = f(y + 0.025 * k2)
    k4 = f(y + 0.05 * k3)
    y = y + 0.05 / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
results = {"leapfrog": [x, v], "energy_drift": float(np.ptp(energy)), "runge_kutta": y.tolist()}
