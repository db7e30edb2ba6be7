# A robust loss ignores outliers that pull a plain fit.
import numpy as np
from scipy.optimize import least_squares

x = np.linspace(0, 10, 21)
y = 2 * x + 1 + 0.05 * np.cos(5 * x)
y[[3, 15]] += [15, -20]


def residual(p):
    return p[0] * x + p[1] - y


plain = least_squares(residual, [1, 0])
robust = least_squares(residual, [1, 0], loss="soft_l1", f_scale=0.1, xtol=1e-12, ftol=1e-12, gtol=1e-12)
results = {
    "plain": [round(float(v), 6) for v in plain.x],
    "robust": [round(float(v), 4) for v in robust.x],
    "cost": round(float(plain.cost), 6),
    "success": [bool(plain.success), bool(robust.success)],
}
