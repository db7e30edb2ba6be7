# A Lorentzian resonance: centre, quality factor and coupling.
import numpy as np
from scipy.optimize import curve_fit

f = np.linspace(499.0, 501.0, 81)
power = 1 / (1 + (2 * 5000 * (f - 500.02) / 500.02) ** 2) + 1e-3 * np.sin(40 * f)
p, _ = curve_fit(lambda f, a, f0, q: a / (1 + (2 * q * (f - f0) / f0) ** 2), f, power, p0=[0.9, 500.0, 4000])
results = {
    "f0": round(float(p[1]), 6),
    "q": round(float(p[2]), 2),
    "peak": round(float(p[0]), 6),
    "half_width_khz": round(float(p[1] / p[2] / 2 * 1e3), 4),
}
