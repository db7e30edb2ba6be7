# Efficiency against threshold, with its half point and binomial errors.
import numpy as np
from scipy.optimize import curve_fit
from scipy.special import erf

threshold = np.arange(20, 121, 10)
pulses = 2_000_000
passed = np.round(pulses * 0.5 * (1 - erf((threshold - 68.3) / (np.sqrt(2) * 9.1)))).astype(int)
efficiency = passed / pulses
error = np.sqrt(passed * (pulses - passed) / pulses**3)


def curve(t, mean, width):
    return 0.5 * (1 - erf((t - mean) / (np.sqrt(2) * width)))


p, _ = curve_fit(curve, threshold, efficiency, p0=[60, 5])
results = {
    "passed": passed.tolist(),
    "error": error.tolist(),
    "half_point": round(float(p[0]), 4),
    "noise": round(float(p[1]), 4),
    "product": (passed * (pulses - passed)).tolist(),
    "crossing": int(np.where(efficiency < 0.5)[0][0]) * 10**10,
}
