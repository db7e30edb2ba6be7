"""Orbit correction: corrector currents from the optics model, by a truncated singular value decomposition.

    aerie run examples/orbit_response_svd.py --input optics.csv=examples/data/optics.csv --input orbit.csv=examples/data/orbit.csv

The number of singular values follows from the BPM noise. Set it with --context '{"singular_values": 20}' instead.
The response is that at constant energy; the path length a corrector adds at a fixed RF frequency is left out.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

INPUTS = Path("/inputs")
TUNE = 5.2267
CALIBRATION = 0.05e-3  # rad/A
LIMIT = 5.0  # A
# The sandbox provides `context`; outside of it there is none.
settings = globals().get("context", {})

optics = pd.read_csv(INPUTS / "optics.csv")
orbit = pd.read_csv(INPUTS / "orbit.csv")
bpms = optics[optics["kind"] == "bpm"].merge(orbit, left_on="name", right_on="bpm", validate="1:1")
correctors = optics[optics["kind"] == "corrector"]
x, sigma = bpms["x_um"].to_numpy(), bpms["sigma_um"].to_numpy()

# Closed-orbit response to a kick, in um per A.
phase = np.abs(np.subtract.outer(bpms["phase_x_rad"].to_numpy(), correctors["phase_x_rad"].to_numpy()))
root_beta = np.sqrt(np.outer(bpms["beta_x_m"], correctors["beta_x_m"]))
response = root_beta / (2 * np.sin(np.pi * TUNE)) * np.cos(phase - np.pi * TUNE) * CALIBRATION * 1e6

# In units of its noise every BPM counts for what it knows.
u, s, vt = np.linalg.svd(response / sigma[:, None], full_matrices=False)
seen = u.T @ (x / sigma)


def correct(count):
    """Corrector currents (A) with `count` singular values, and the orbit (um) they leave."""
    currents = -vt[:count].T @ (seen[:count] / s[:count])
    return currents, x + response @ currents


# Some bumps no BPM sees: without BPM14 the correctors around it make one. Their singular value is zero.
counts = np.arange(1, np.sum(s > 1e-9 * s[0]) + 1)
# Stop as soon as the orbit left is no larger than the BPM noise: from there on the correctors would answer the noise,
# with currents that grow as 1/s.
left = np.array([np.mean((correct(count)[1] / sigma) ** 2) for count in counts])
rms = np.array([np.sqrt(np.mean(correct(count)[1] ** 2)) for count in counts])
strongest = np.array([np.max(np.abs(correct(count)[0])) for count in counts])
automatic = int(counts[np.argmax(left <= 1)]) if left.min() <= 1 else int(counts[-1])
count = min(int(settings.get("singular_values", automatic)), len(counts))
currents, after = correct(count)
rms_before, rms_after = np.sqrt(np.mean(x**2)), rms[count - 1]
worst = int(np.argmax(np.abs(currents)))
worst_name = correctors["name"].iloc[worst]

figure, axes = plt.subplots(2, 2, figsize=(10.5, 7.5), layout="constrained")
figure.suptitle(f"Horizontal orbit {rms_before:.0f} µm rms, {rms_after:.0f} µm predicted with {count} singular values")
(spectrum, choice), (orbits, strengths) = axes
spectrum.semilogy(counts, s[: len(counts)], "o", ms=4, color="0.3", label="Response to 1 A")
spectrum.semilogy(counts, np.abs(seen[: len(counts)]), "x", ms=5, color="C1", label="Measured orbit")
spectrum.axhline(1, color="k", ls=":", lw=1)
spectrum.axvline(count + 0.5, color="C3", lw=1, label="Cut")
spectrum.set(title="Singular spectrum", xlabel="Mode", ylabel="Size (BPM noise)")
spectrum.legend(loc="lower left")
choice.semilogy(counts, rms, color="C0", label="Orbit left (µm rms)")
choice.semilogy(counts, strongest, color="C1", label="Strongest corrector (A)")
choice.axvline(count, color="C3", lw=1, label="Chosen")
choice.set(title="Choice of cut", xlabel="Singular values kept")
choice.legend(loc="center left")
orbits.plot(bpms["s_m"], x / 1e3, ".-", lw=1, color="0.6", label="Measured")
orbits.plot(bpms["s_m"], after / 1e3, ".-", lw=1, color="C0", label="Predicted")
orbits.set(title="Orbit", xlabel="s (m)", ylabel="x (mm)", ylim=(-2.2, 2.2))
orbits.legend(loc="upper right", ncols=2)
strengths.bar(correctors["s_m"], currents, width=3.5, color="C1")
strengths.annotate(worst_name, (correctors["s_m"].iloc[worst], currents[worst]), (6, 4), textcoords="offset points")
strengths.set(title="Correction", xlabel="s (m)", ylabel="Corrector current (A)")

results = {
    "singular_values": count,
    "condition_number": s[0] / s[count - 1],
    "rms_before_um": rms_before,
    "rms_after_um": rms_after,
    "visible_modes": len(counts),
    "strongest_corrector": worst_name,
    "strongest_A": currents[worst],
    "within_limit": bool(np.all(np.abs(currents) < LIMIT)),
    "currents_A": dict(zip(correctors["name"], np.round(currents, 4).tolist())),
}
print(f"Orbit {rms_before:.0f} µm rms; {rms_after:.1f} µm rms predicted with {count} of {len(s)} singular values")
print(f"Strongest corrector {worst_name}: {currents[worst]:+.2f} A (limit {LIMIT:.0f} A), rms {np.std(currents):.2f} A")
