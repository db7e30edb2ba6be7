"""Makes the data of the examples, and `expected.json` with what a right analysis finds in them.

    python examples/make_data.py

Everything follows from the models below and fixed seeds, so two runs write the same bytes. The machine is a made-up
electron storage ring of 240 m: 24 thin-lens FODO cells of 10 m, a quadrupole every 5 m, with a BPM and a corrector in
each of them (a few are missing), tunes Qx = 5.2267 and Qy = 4.3142.

dcct.csv       Stored current over two hours, a sample every 5 s. dI/dt = -I/20 h - I^2/(250 mA * 4.5 h): residual gas
               at constant pressure and Touschek scattering at constant bunch volume. After 70 min an injection of
               1.1 mA a shot at 1 Hz fills the ring to 250 mA again. White noise of 50 uA rms.

tbt.npz        Twelve BPMs over 2048 turns from a kick in both planes, in nm. Each normal mode is damped exponentially
               (head-tail damping, so the whole bunch loses amplitude) and its tune moves with the square of its
               amplitude; cross-detuning is zero. Linear coupling with |C-| = 0.015 mixes a part of each mode into the
               other plane. Energy oscillation at Qs = 0.0071 through the dispersion, a constant orbit, and 20 um rms
               of noise (60 um at one BPM) are added.

optics.csv     Beta function and phase advance at the BPMs and correctors of the horizontal plane.
orbit.csv      Closed orbit with all quadrupoles misaligned by 40 um rms and QF15 by 0.6 mm, from the affine one-turn
               map, read with 10 um rms noise (30 um at two BPMs).

archiver.csv   Three days of an RF cavity temperature and a vacuum pressure, sampled irregularly. Temperature: drift of
               0.21 K a day, daily wave of 0.15 K, step of 0.75 K, 0.03 K rms noise, four single-sample readout spikes.
               Pressure: falls by 6 % a day as the chamber conditions, 1.5 % rms noise, three bursts that decay with
               2 min. The archiver is down for 3.2 h, and the temperature is lost for another 40 min.

bba.csv        Orbits of a beam-based alignment of QF09: a corrector moves the beam in nine steps, at each of which the
               quadrupole is set 2 % up and down. 3 um rms noise; one BPM switches range halfway through.
"""

import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
DATA = HERE / "data"

CELLS, HALF_CELL = 24, 5.0
QUADS = 2 * CELLS
NAMES = [f"Q{'FD'[i % 2]}{i // 2 + 1:02d}" for i in range(QUADS)]
CIRCUMFERENCE = QUADS * HALF_CELL
REVOLUTION = CIRCUMFERENCE / 299792458.0
TUNES = 5.2267, 4.3142
DRIFT = np.array([[1, HALF_CELL], [0, 1]])


def thin_lens(strength):
    return np.array([[1, 0], [-strength, 1]])


def fodo_strengths():
    """Integrated strengths (1/m) of QF and QD for the tunes, by Newton's method on the traces of the cell."""

    def half_traces(k):
        cell = {sign: DRIFT @ thin_lens(sign * k[1]) @ DRIFT @ thin_lens(sign * k[0]) for sign in (1, -1)}
        return np.array([np.trace(cell[1]), np.trace(cell[-1])]) / 2

    goal = np.cos(2 * np.pi * np.array(TUNES) / CELLS)
    k = np.array([0.25, -0.25])
    for _ in range(20):
        steps = np.eye(2) * 1e-6
        jacobian = np.column_stack([(half_traces(k + step) - half_traces(k - step)) / 2e-6 for step in steps])
        k = k - np.linalg.solve(jacobian, half_traces(k) - goal)
    return np.tile(k, CELLS)


def optics(strengths):
    """Beta (m) and phase (rad) in the middle of each quadrupole."""
    beta, advance = [], []
    for start in range(QUADS):
        turn, step = np.eye(2), None
        for i in np.roll(np.arange(QUADS), -start):
            half = thin_lens(strengths[i] / 2)
            following = thin_lens(strengths[(i + 1) % QUADS] / 2)
            part = following @ DRIFT @ half
            step = part if step is None else step
            turn = part @ turn
        # alpha is not zero in general; the phase advance of a step M is atan2(m12, beta * m11 - alpha * m12).
        sine = np.sign(turn[0, 1]) * np.sqrt(1 - (np.trace(turn) / 2) ** 2)
        b, a = turn[0, 1] / sine, (turn[0, 0] - turn[1, 1]) / 2 / sine
        beta.append(b)
        advance.append(np.arctan2(step[0, 1], b * step[0, 0] - a * step[0, 1]))
    return np.array(beta), np.concatenate([[0], np.cumsum(advance)[:-1]])


def closed_orbit(strengths, offsets, kicks):
    """Orbit (m) at the quadrupoles, for their offsets (m) and added kicks (rad): fixed point of the affine map."""
    elements = []
    for strength, offset, kick in zip(strengths, offsets, kicks, strict=True):
        affine = np.eye(3)
        affine[1, 0], affine[1, 2] = -strength, strength * offset + kick
        drift = np.eye(3)
        drift[0, 1] = HALF_CELL
        elements.append(drift @ affine)
    turn = np.eye(3)
    for element in elements:
        turn = element @ turn
    state = np.append(np.linalg.solve(np.eye(2) - turn[:2, :2], turn[:2, 2]), 1)
    orbit = []
    for element in elements:
        orbit.append(state[0])
        state = element @ state
    return np.array(orbit)


def write_csv(name, header, rows):
    with open(DATA / name, "w", newline="\n") as file:
        file.write(header + "\n")
        file.writelines(",".join(map(str, row)) + "\n" for row in rows)


def expect(value, within=None):
    return {"value": value} if within is None else {"value": value, "within": within}


def beam_lifetime():
    rng = np.random.default_rng(101)
    gas, touschek_at_full, full, shot = 1 / 20, 1 / 4.5, 250.0, 1.1
    touschek = touschek_at_full / full
    second = 1 / 3600
    current, injecting, injected, rows = full, False, 0.0, []
    for t in range(7201):
        if t == 4200:
            injecting = True
        if injecting and current < full:
            current, injected = current + shot, injected + shot
        elif injecting:
            injecting = False
        if t % 5 == 0:
            rows.append((t, f"{current + rng.normal(0, 0.05):.3f}"))
        # Exact over one second.
        decay = np.exp(-gas * second)
        current = current * gas * decay / (gas + touschek * current * (1 - decay))
    write_csv("dcct.csv", "seconds,current_mA", rows)
    return {
        "inputs": {"dcct.csv": "examples/data/dcct.csv"},
        "results": {
            "lifetime_h": expect(round(1 / (gas + touschek_at_full), 5), 0.005),
            "gas_lifetime_h": expect(1 / gas, 0.5),
            "touschek_lifetime_h": expect(1 / touschek_at_full, 0.03),
            "current_lifetime_Ah": expect(round(0.25 / (gas + touschek_at_full), 5), 0.00125),
            "injection_min": expect(70.0, 0.05),
            "injected_nC": expect(round(injected * REVOLUTION * 1e6, 3), 0.1),
            "chi2_per_dof": expect(1.0, 0.12),
        },
    }


def tune_spectrum(strengths):
    rng = np.random.default_rng(202)
    bpms = np.array([0, 3, 8, 11, 16, 21, 24, 27, 32, 37, 40, 45])
    (beta_x, phase_x), (beta_y, phase_y) = optics(strengths), optics(-strengths)
    turns = np.arange(2048)
    tune_x, tune_y, synchrotron, coupling = TUNES[0] % 1, TUNES[1] % 1, 0.0071, 0.015
    angle = np.arcsin(coupling / abs(tune_x - tune_y)) / 2

    def mode(tune, amplitude, detuning, damping, start):
        """Amplitude (mm at the mean beta of the BPMs) and phase of a normal mode; detuning per mm^2."""
        size = amplitude * np.exp(-turns / damping)
        shift = detuning * amplitude**2 * damping / 2 * (1 - np.exp(-2 * turns / damping))
        return size, 2 * np.pi * (tune * turns + shift) + start

    u, phase_u = mode(tune_x, 1.0, -1.2e-3, 1500, 0.4)
    v, phase_v = mode(tune_y, 0.6, 2.0e-3, 1800, 1.1)
    root_x = np.sqrt(beta_x[bpms] / beta_x[bpms].mean())[:, None]
    root_y = np.sqrt(beta_y[bpms] / beta_y[bpms].mean())[:, None]
    at_x, at_y = phase_x[bpms, None], phase_y[bpms, None]
    # Near the difference resonance Qx - Qy = 1 the other plane's part follows the phase advance of the plane it is
    # seen in, less what the distance from the resonance adds along the ring.
    distance = (tune_x - tune_y) * 2 * np.pi * bpms[:, None] / QUADS
    # The beta functions of the two planes drop out of the product of the two amplitude ratios.
    x = root_x * (np.cos(angle) * u * np.cos(phase_u + at_x) + np.sin(angle) * v * np.cos(phase_v + at_x - distance))
    y = root_y * (np.cos(angle) * v * np.cos(phase_v + at_y) - np.sin(angle) * u * np.cos(phase_u + at_y + distance))
    dispersion = np.where(bpms % 2 == 0, 0.9, 0.45)[:, None]
    x = x + dispersion * 0.03 * np.cos(2 * np.pi * synchrotron * turns + 0.3)
    noise = np.full((len(bpms), 1), 20e-3)
    noise[7] = 60e-3
    planes = {}
    for name, motion in (("x_nm", x), ("y_nm", y)):
        orbit = rng.normal(0, 0.3, (len(bpms), 1))
        planes[name] = np.rint((motion + orbit + noise * rng.normal(size=motion.shape)) * 1e6).astype(np.int32)
    np.savez_compressed(DATA / "tbt.npz", bpm=np.array([f"BPM{i + 1:02d}" for i in bpms]), **planes)
    return {
        "inputs": {"tbt.npz": "examples/data/tbt.npz"},
        "results": {
            "tune_x": expect(round(tune_x, 6), 1e-5),
            "tune_y": expect(round(tune_y, 6), 1e-5),
            "synchrotron_tune": expect(synchrotron, 2e-5),
            "detuning_x_per_mm2": expect(round(-1.2e-3 / np.cos(angle) ** 2, 7), 6e-5),
            "detuning_y_per_mm2": expect(round(2.0e-3 / np.cos(angle) ** 2, 7), 1e-4),
            "coupling": expect(coupling, 5e-4),
        },
    }


def orbit_response_svd(strengths):
    rng = np.random.default_rng(303)
    beta, phase = optics(strengths)
    culprit = NAMES.index("QF15")
    offsets = rng.normal(0, 40e-6, QUADS)
    offsets[culprit] = 0.6e-3
    orbit = closed_orbit(strengths, offsets, np.zeros(QUADS))
    bpms = [i for i in range(QUADS) if i not in (13, 36)]
    correctors = [i for i in range(QUADS) if i not in (5, 17, 30, 41)]
    sigma = {i: 30e-6 if i in (9, 34) else 10e-6 for i in bpms}
    rows = [("bpm", f"BPM{i + 1:02d}", i * HALF_CELL, f"{beta[i]:.4f}", f"{phase[i]:.5f}") for i in bpms]
    rows += [("corrector", f"H{i + 1:02d}", i * HALF_CELL, f"{beta[i]:.4f}", f"{phase[i]:.5f}") for i in correctors]
    write_csv("optics.csv", "kind,name,s_m,beta_x_m,phase_x_rad", rows)
    read = {i: orbit[i] + rng.normal(0, sigma[i]) for i in bpms}
    rows = [(f"BPM{i + 1:02d}", f"{read[i] * 1e6:.1f}", f"{sigma[i] * 1e6:.0f}") for i in bpms]
    write_csv("orbit.csv", "bpm,x_um,sigma_um", rows)
    floor = np.sqrt(np.mean([s**2 for s in sigma.values()])) * 1e6
    before = np.sqrt(np.mean(orbit[bpms] ** 2)) * 1e6
    return {
        "inputs": {"optics.csv": "examples/data/optics.csv", "orbit.csv": "examples/data/orbit.csv"},
        "results": {
            "rms_before_um": expect(round(before, 1), round(4 * floor / np.sqrt(len(bpms)), 1)),
            # A correction stops at the noise of the BPMs: less of the orbit they do not see.
            "rms_after_um": expect(round(floor, 1), round(floor / 3, 1)),
            "strongest_corrector": expect(f"H{culprit + 1:02d}"),
            # The corrector undoes the kick of the displaced quadrupole; 0.05 mrad/A.
            "strongest_A": expect(round(-strengths[culprit] * offsets[culprit] / 0.05e-3, 3), 0.3),
        },
    }


def archiver_trend():
    rng = np.random.default_rng(404)
    start = np.datetime64("2026-03-09T00:00:00.000")
    hours = 72.0

    def sample_times(gaps):
        t = np.cumsum(rng.gamma(3.0, 25.0 / 3600, int(hours * 60)))
        t = t[t < hours]
        for first, last in gaps:
            t = t[(t < first) | (t > last)]
        return t

    down = (27.4, 30.6)
    spike_at, spike_by = (8.2, 21.7, 43.1, 64.9), (1.8, -1.2, 2.6, 1.5)
    burst_at, burst_factor = (14.6, 38.3, 57.8), (4.0, 7.0, 3.0)
    step_at, step, drift, wave, fall = 50.3, 0.75, 0.21, 0.15, 0.06

    t = sample_times([down, (60.0, 60.7)])
    temperature = 38.0 + drift * t / 24 + wave * np.sin(2 * np.pi * (t - 9.0) / 24) + step * (t >= step_at)
    temperature += rng.normal(0, 0.03, len(t))
    for at, by in zip(spike_at, spike_by, strict=True):
        temperature[np.argmin(abs(t - at))] += by
    rows = [(time, "RF:CAV1:TEMP_C", f"{reading:.2f}") for time, reading in zip(t, temperature, strict=True)]

    t = sample_times([down])
    pressure = 1.6e-9 * np.exp(-fall * t / 24 + rng.normal(0, 0.015, len(t)))
    for at, factor in zip(burst_at, burst_factor, strict=True):
        pressure *= 1 + (factor - 1) * np.exp(-np.maximum(t - at, 0) * 30) * (t >= at)
    rows += [(time, "VAC:SEC3:PRES_MBAR", f"{reading:.3e}") for time, reading in zip(t, pressure, strict=True)]

    rows.sort()
    stamps = [start + np.timedelta64(round(row[0] * 3_600_000), "ms") for row in rows]
    lines = [(f"{stamp}Z", pv, reading) for stamp, (_, pv, reading) in zip(stamps, rows, strict=True)]
    write_csv("archiver.csv", "time_utc,pv,value", lines)
    return {
        "inputs": {"archiver.csv": "examples/data/archiver.csv"},
        "results": {
            "temperature_drift_K_per_day": expect(drift, 0.01),
            "temperature_wave_K": expect(wave, 0.005),
            "temperature_step_K": expect(step, 0.02),
            "temperature_step_h": expect(step_at, 0.1),
            "temperature_spikes_h": expect(list(spike_at), 0.03),
            "pressure_trend_percent_per_day": expect(-100 * fall, 0.2),
            "pressure_bursts_h": expect(list(burst_at), 0.06),
            "archiver_gap_h": expect(list(down), 0.1),
        },
    }


def bba(strengths):
    rng = np.random.default_rng(506)
    quad, corrector = NAMES.index("QF09"), NAMES.index("QF04")
    offsets = rng.normal(0, 20e-6, QUADS)
    offsets[quad] = 0.12e-3
    bpm_zero = rng.normal(0, 0.15e-3, QUADS)
    bpm_zero[quad] = -0.16e-3
    rows = []
    for step in range(9):
        kicks = np.zeros(QUADS)
        kicks[corrector] = (step - 4) * 15e-6
        for change in (1, -1):
            changed = strengths.copy()
            changed[quad] *= 1 + 0.02 * change
            reading = closed_orbit(changed, offsets, kicks) - bpm_zero + rng.normal(0, 3e-6, QUADS)
            if step > 4 or (step == 4 and change < 0):
                reading[30] += 40e-6 * change
            rows.append((step, change, *(f"{x * 1e6:.2f}" for x in reading)))
    write_csv("bba.csv", "step,quad_change," + ",".join(f"BPM{i + 1:02d}" for i in range(QUADS)), rows)
    return {
        "inputs": {"bba.csv": "examples/data/bba.csv"},
        "results": {
            "centre_um": expect(round((offsets[quad] - bpm_zero[quad]) * 1e6, 1), 12.0),
            "rejected": expect(["BPM31"]),
        },
    }


if __name__ == "__main__":
    DATA.mkdir(exist_ok=True)
    ring = fodo_strengths()
    expected = {
        "beam_lifetime": beam_lifetime(),
        "tune_spectrum": tune_spectrum(ring),
        "orbit_response_svd": orbit_response_svd(ring),
        "archiver_trend": archiver_trend(),
        "bba": bba(ring),
    }
    (HERE / "expected.json").write_text(json.dumps(expected, indent=2) + "\n")
