# A boundary-value problem and a diffusion step against their solutions.
import numpy as np
from scipy.integrate import solve_bvp
from scipy.linalg import solve_banded

x = np.linspace(0, 1, 11)


def wave(x, y):
    return np.vstack([y[1], -np.pi**2 * y[0]])


bvp = solve_bvp(wave, lambda a, b: [a[0], b[1] + np.pi], x, np.ones((2, 11)), tol=1e-8)
n = 21
u = np.sin(np.pi * np.linspace(0, 1, n))
r = 0.1
bands = np.array([[0] + [-r] * (n - 1), [1 + 2 * r] * n, [-r] * (n - 1) + [0]])
for _ in range(10):
    u = solve_banded((1, 1), bands, u)
results = {
    "bvp": [round(float(v), 5) for v in bvp.sol([0.25, 0.5, 0.75])[0]],
    "heat": u[[5, 10]].tolist(),
    "status": int(bvp.status),
}
