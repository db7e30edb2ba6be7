"""Beam-based alignment: where the beam must read at a BPM to pass the centre of the quadrupole next to it.

    aerie run examples/bba.py --input bba.csv=examples/data/bba.csv

The beam is moved through the quadrupole in steps, with the quadrupole set a little up and down at each. The change of
the orbit everywhere in the ring is proportional to the distance from the magnetic centre, and vanishes there.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

INPUTS = Path("/inputs")
BPM = "BPM17"  # the one in the quadrupole under test
NOISE = 3.0  # um rms of one orbit reading

table = pd.read_csv(INPUTS / "bba.csv", index_col=["step", "quad_change"])
up, down = table.xs(1, level="quad_change"), table.xs(-1, level="quad_change")
position = ((up[BPM] + down[BPM]) / 2).to_numpy()
change = up - down

# A line for each BPM: it crosses zero where the beam passes the centre.
design = np.column_stack([position - position.mean(), np.ones(len(position))])
(slope, height), squares, *_ = np.linalg.lstsq(design, change.to_numpy())
line_noise = np.sqrt(2) * NOISE
slope_error = line_noise / np.sqrt(np.sum(design[:, 0] ** 2))
crossing = position.mean() - height / slope
# Errors of slope and height do not correlate with the positions taken about their mean.
crossing_error = np.hypot(line_noise / np.sqrt(len(position)), slope_error * height / slope) / np.abs(slope)

# BPMs at a node of the orbit change see none of it; one whose points lie off its line is not to be trusted.
responds = np.abs(slope) > 10 * slope_error
chi2 = squares / line_noise**2 / (len(position) - 2)
straight = chi2 < 4
used = responds & straight
weight = 1 / crossing_error[used] ** 2
centre = np.sum(weight * crossing[used]) / np.sum(weight)
scatter = np.sum(weight * (crossing[used] - centre) ** 2) / (used.sum() - 1)
# If the BPMs disagree by more than their noise, the error says so.
centre_error = np.sqrt(max(scatter, 1.0) / np.sum(weight))
rejected = change.columns[~straight].tolist()

figure, (left, right) = plt.subplots(1, 2, figsize=(10.5, 4.8), layout="constrained")
figure.suptitle(f"QF09 is centred at {centre:.0f} ± {centre_error:.0f} µm of {BPM}")
for n in np.flatnonzero(used):
    color = plt.cm.coolwarm(0.5 + 0.5 * slope[n] / np.abs(slope[used]).max())
    left.plot(position, change.iloc[:, n], ".", ms=3, color=color)
    left.plot(position, height[n] + slope[n] * design[:, 0], lw=0.7, color=color)
left.axhline(0, color="k", lw=0.8)
left.axvline(centre, color="C2", lw=1.5, label="Centre")
left.set(title="Orbit change, quadrupole ±2 %", xlabel=f"Beam position at {BPM} (µm)", ylabel="Change at each BPM (µm)")
left.legend(loc="upper center")
for chosen, marker, color, label in ((used, "o", "0.3", "Used"), (responds & ~straight, "X", "C3", "Not on a line")):
    number = np.flatnonzero(chosen) + 1
    right.errorbar(number, crossing[chosen], crossing_error[chosen], fmt=marker, ms=4, lw=1, color=color, label=label)
right.axhspan(centre - centre_error, centre + centre_error, color="C2", alpha=0.4, lw=0, label="Weighted mean ± error")
right.set(title="Centre as each BPM sees it", xlabel="BPM number", ylabel=f"Zero crossing at {BPM} (µm)")
right.legend(loc="lower left")

results = {
    "centre_um": centre,
    "centre_error_um": centre_error,
    "bpms_used": int(used.sum()),
    "scatter_over_noise": np.sqrt(scatter),
    "rejected": rejected,
}
print(f"Centre of QF09 at {centre:.1f} ± {centre_error:.1f} µm of {BPM}, from {used.sum()} BPMs")
print(f"Scatter of the BPMs over their noise: {np.sqrt(scatter):.2f}; rejected: {', '.join(rejected) or 'none'}")
