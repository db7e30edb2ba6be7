# Ordinary differential equations with tight tolerances.
import numpy as np
from scipy import integrate


def oscillator(t, s):
    return [s[1], -4 * s[0] - 0.2 * s[1]]


t = np.linspace(0, 5, 6)
results = {}
for method in ("RK45", "DOP853", "LSODA", "Radau", "BDF"):
    sol = integrate.solve_ivp(oscillator, (0, 5), [1, 0], t_eval=t, method=method, rtol=1e-9, atol=1e-11)
    results[method] = [round(float(v), 5) for v in sol.y[0]]
path = integrate.odeint(oscillator, [1, 0], t, tfirst=True, rtol=1e-10, atol=1e-12)
results["odeint"] = [round(float(v), 6) for v in path[:, 0]]
