"""Beam lifetime from two hours of DCCT readings, split into its gas and its Touschek part.

    aerie run examples/beam_lifetime.py --input dcct.csv=examples/data/dcct.csv

The loss rate of the stored beam is 1/tau = a + b I. The constant a is scattering on residual gas. The part that grows
with current is Touschek scattering at a fixed filling pattern; a gas pressure that rises with current would add to it.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.optimize import curve_fit

INPUTS = Path("/inputs")
REVOLUTION_TIME = 240.0 / 299792458.0  # s
DCCT_NOISE = 0.050  # mA rms, from a run without beam
REFERENCE = 250.0  # mA
WINDOW = 48  # samples: 4 min, short enough for the decay to be exponential

data = pd.read_csv(INPUTS / "dcct.csv")
hours, current = data["seconds"].to_numpy() / 3600, data["current_mA"].to_numpy()

# Stored beam only decays: a reading above the one before it by far more than the noise is injection.
rising = np.flatnonzero(np.diff(current) > 8 * DCCT_NOISE)
first, last = rising[0] + 1, rising[-1] + 1
stores = [np.arange(first), np.arange(last, len(current))]


def store_current(t, start, a, b):
    """Solution of dI/dt = -a I - b I^2 with I(0) = start."""
    decay = np.exp(-a * t)
    return start * decay / (1 + b / a * start * (1 - decay))


def both_stores(_, a, b, *starts):
    return np.concatenate([store_current(hours[s] - hours[s[0]], start, a, b) for s, start in zip(stores, starts)])


# One fit of both stores to the end, since a gas and a Touschek lifetime differ only in how the decay slows down.
stored = np.concatenate(stores)
noise = np.full(len(stored), DCCT_NOISE)
guess = [0.1, 0.1 / REFERENCE, current[0], current[last]]
fit, covariance = curve_fit(both_stores, None, current[stored], p0=guess, sigma=noise, absolute_sigma=True)
a, b, _, refilled = fit
a_error, b_error = np.sqrt(np.diag(covariance)[:2])
residual = current[stored] - both_stores(None, *fit)
chi2 = np.sum((residual / DCCT_NOISE) ** 2) / (len(stored) - len(fit))
lifetime = 1 / (a + b * REFERENCE)
gradient = np.array([1, REFERENCE])
lifetime_error = lifetime**2 * np.sqrt(gradient @ covariance[:2, :2] @ gradient)
gas, touschek = 1 / a, 1 / (b * REFERENCE)

# Injected is what the ring gained and what it lost meanwhile.
emptied = both_stores(None, *fit)[first - 1]
middle = (emptied + refilled) / 2
injected = refilled - emptied + (a + b * middle) * middle * (hours[last] - hours[first - 1])
charge = injected * REVOLUTION_TIME * 1e6  # nC

# The same without a model: slope of ln I in each window.
windows = [s[n : n + WINDOW] for s in stores for n in range(0, len(s) - WINDOW + 1, WINDOW)]
mean_current = np.array([current[w].mean() for w in windows])
rate = np.array([-np.polyfit(hours[w], np.log(current[w]), 1)[0] for w in windows])
rate_error = DCCT_NOISE / mean_current / (hours[windows[0]].std() * np.sqrt(WINDOW))

figure, (top, under, bottom) = plt.subplots(3, 1, figsize=(8, 8.5), height_ratios=[3, 1.2, 3], layout="constrained")
figure.suptitle(f"Beam lifetime {lifetime:.3f} ± {lifetime_error:.3f} h at {REFERENCE:.0f} mA")
top.plot(hours * 60, current, ".", ms=4, color="0.6", label="DCCT")
for s, start in zip(stores, fit[2:]):
    top.plot(hours[s] * 60, store_current(hours[s] - hours[s[0]], start, a, b), color="C3", lw=1)
top.axvspan(hours[first - 1] * 60, hours[last] * 60, color="C0", alpha=0.25, lw=0, label=f"Injection, {charge:.1f} nC")
top.set(ylabel="Current (mA)")
top.legend(loc="upper right")
under.plot(hours[stored] * 60, residual * 1e3, ".", ms=2, color="0.4")
under.set(xlabel="Time (min)", ylabel="Residual (µA)", ylim=(-250, 250))
line = np.array([0, 1.05 * REFERENCE])
bottom.fill_between(line, 0, a, color="C0", alpha=0.2, lw=0, label=f"Gas, {gas:.1f} h")
label = f"Touschek, {touschek:.2f} h at {REFERENCE:.0f} mA"
bottom.fill_between(line, a, a + b * line, color="C1", alpha=0.2, lw=0, label=label)
bottom.plot(line, a + b * line, color="C3", lw=1, label="Fit of both stores")
bottom.errorbar(mean_current, rate, rate_error, fmt="o", ms=3, lw=1, color="0.2", label="4 min windows")
bottom.set(xlabel="Current (mA)", ylabel="Loss rate 1/τ (1/h)", xlim=(0, line[1]), ylim=(0, None))
bottom.legend(loc="upper left")

results = {
    "lifetime_h": lifetime,
    "lifetime_error_h": lifetime_error,
    "gas_lifetime_h": gas,
    "gas_lifetime_error_h": a_error * gas**2,
    "touschek_lifetime_h": touschek,
    "touschek_lifetime_error_h": b_error * REFERENCE * touschek**2,
    "current_lifetime_Ah": REFERENCE / 1e3 * lifetime,
    "injection_min": hours[first] * 60,
    "injected_nC": charge,
    "chi2_per_dof": chi2,
}
print(f"Lifetime at {REFERENCE:.0f} mA: {lifetime:.3f} ± {lifetime_error:.3f} h (chi2/dof {chi2:.2f})")
print(f"Gas {gas:.1f} ± {a_error * gas**2:.1f} h, Touschek {touschek:.3f} ± {b_error * REFERENCE * touschek**2:.3f} h")
print(f"Injection at {hours[first] * 60:.1f} min: {charge:.1f} nC")
