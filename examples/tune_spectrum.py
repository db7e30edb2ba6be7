"""Betatron tunes, detuning with amplitude and coupling from turn-by-turn BPM data after a kick in both planes.

    aerie run examples/tune_spectrum.py --input tbt.npz=examples/data/tbt.npz

The singular value decomposition over all BPMs separates motion, which they share, from noise, which they do not. The
tune is followed through windows while the amplitude damps, and extrapolated to zero amplitude.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from scipy.signal.windows import hann

INPUTS = Path("/inputs")
WINDOW, STEP = 512, 256  # turns
BETATRON, SYNCHROTRON = (0.15, 0.45), (0.004, 0.02)  # where to look for the tunes


def spectrum(motion):
    """Spectrum of each BPM, in amplitude."""
    window = hann(motion.shape[1], sym=False)
    return np.fft.rfft(motion * window, axis=1) * 2 / window.sum()


def denoise(motion):
    """The part of the motion that stands above noise, and the singular values over the edge of the noise."""
    # A noisy BPM would pass for a mode of its own: weight each by its noise, the floor of its spectrum.
    turns = motion.shape[1]
    noise = np.median(np.abs(spectrum(motion)), axis=1, keepdims=True) * np.sqrt(turns / 6 / np.log(2))
    u, s, vt = np.linalg.svd(motion / noise, full_matrices=False)
    edge = 1.05 * (np.sqrt(len(motion)) + np.sqrt(turns))  # of a random matrix, after Marchenko and Pastur
    return noise * (u * np.where(s > edge, s, 0)) @ vt, s / edge


def peak(motion, band):
    """Frequency and mean squared amplitude of the strongest line in a band; interpolation exact for a Hann window."""
    turns = motion.shape[1]
    size = np.sqrt(np.mean(np.abs(spectrum(motion)) ** 2, axis=0))
    low = int(band[0] * turns)
    k = low + int(np.argmax(size[low : int(band[1] * turns)]))
    side = 1 if size[k + 1] > size[k - 1] else -1
    ratio = size[k + side] / size[k]
    offset = (2 * ratio - 1) / (ratio + 1)
    return (k + side * offset) / turns, (size[k] * (1 - offset**2) / np.sinc(offset)) ** 2


def track(motion):
    """Tune and mean squared amplitude in each window."""
    starts = range(0, motion.shape[1] - WINDOW + 1, STEP)
    return np.array([peak(motion[:, n : n + WINDOW], BETATRON) for n in starts]).T


def line(motion, tune):
    """Size of the line at a tune, for each BPM."""
    turns = np.arange(motion.shape[1])
    return np.abs(motion * hann(len(turns), sym=False) @ np.exp(-2j * np.pi * tune * turns))


def analyse(x, y):
    """Tunes at zero amplitude, detuning (1/mm^2), and the width |C-| of the coupling resonance."""
    planes = [denoise(motion)[0] for motion in (x, y)]
    (slope_x, tune_x), (slope_y, tune_y) = (np.polyfit(*track(motion)[::-1], 1) for motion in planes)
    # Size of each mode in the wrong plane over that in its own; the beta functions cancel in the product. These lines
    # are weak, and dropping modes would take a part of them away: as measured.
    at_x, at_y = (peak(motion, BETATRON)[0] for motion in planes)
    product = np.mean(line(x, at_y) * line(y, at_x) / (line(x, at_x) * line(y, at_y)))
    return np.array([tune_x, tune_y, slope_x, slope_y, 2 * np.sqrt(product) * abs(tune_x - tune_y) / (1 + product)])


data = np.load(INPUTS / "tbt.npz")
x, y = (data[key] * 1e-6 for key in ("x_nm", "y_nm"))  # mm
x, y = (motion - motion.mean(axis=1, keepdims=True) for motion in (x, y))
best = analyse(x, y)
# Jackknife: the spread when each BPM is left out in turn carries through every step above. Not for the detuning, whose
# unit is the mean squared amplitude at just these BPMs.
left_out = np.array([analyse(np.delete(x, n, 0), np.delete(y, n, 0)) for n in range(len(x))])
errors = np.sqrt((len(x) - 1) * left_out.var(axis=0))

figure, ((*spectra,), (modes, shift)) = plt.subplots(2, 2, figsize=(10, 7.5), layout="constrained")
figure.suptitle(f"Tunes {best[0]:.5f} and {best[1]:.5f}, coupling |C⁻| = {best[4]:.4f}")
kept = []
for n, (ax, name, motion) in enumerate(zip(spectra, ("Horizontal", "Vertical"), (x, y))):
    clean, values = denoise(motion)
    kept.append(int(np.sum(values > 1)))
    for signal, label, color in ((motion, "Raw", "0.75"), (clean, f"{kept[n]} SVD modes", f"C{n}")):
        size = 1e3 * np.sqrt(np.mean(np.abs(spectrum(signal)) ** 2, axis=0))
        ax.semilogy(np.arange(len(size)) / signal.shape[1], size, lw=0.8, color=color, label=label)
    ax.set(title=name, xlabel="Frequency (1/turn)", ylabel="Amplitude (µm)", xlim=(0, 0.5), ylim=(0.03, 2e3))
    ax.legend(loc=("upper right", "upper left")[n])
    modes.semilogy(np.arange(len(values)) + 1, values, "o-", ms=4, color=f"C{n}", label=name)
    tune, squared = track(clean)
    shift.plot(squared, 1e4 * (tune - best[n]), "o", ms=5, color=f"C{n}", label=name)
    shift.axline((0, 0), slope=1e4 * best[2 + n], color=f"C{n}", lw=1)
modes.axhline(1, color="k", ls=":", lw=1, label="Edge of the noise")
modes.set(title="Singular values", xlabel="Mode", ylabel="Singular value / edge")
shift.set(title="Detuning", xlabel="Mean squared amplitude (mm²)", ylabel="Tune shift (10⁻⁴)", xlim=(0, None))
modes.legend()
shift.legend()

names = ["tune_x", "tune_y", "detuning_x_per_mm2", "detuning_y_per_mm2", "coupling"]
results = dict(zip(names, best.tolist())) | {f"{names[n]}_error": float(errors[n]) for n in (0, 1, 4)}
results |= {"synchrotron_tune": peak(denoise(x)[0], SYNCHROTRON)[0], "modes_x": kept[0], "modes_y": kept[1]}
for n in range(2):
    print(f"{names[n]} = {best[n]:.6f} ± {errors[n]:.6f} at zero amplitude, {1e3 * best[2 + n]:+.2f}e-3 per mm²")
print(f"|C-| = {best[4]:.4f} ± {errors[4]:.4f}, synchrotron tune {results['synchrotron_tune']:.5f}")
