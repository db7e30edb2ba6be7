# Dose totals of monitors with calibration factors and alarms.
import numpy as np

ticks = np.array([[31, 42, 15], [98, 12, 77], [5, 6, 7]]) * 10_000_000
nano_per_tick = np.array([12, 7, 31])
dose = ticks * nano_per_tick
results = {
    "dose": dose.tolist(),
    "per_monitor": dose.sum(axis=0).tolist(),
    "per_shift": dose.sum(axis=1).tolist(),
    "total_sievert": float(dose.sum() * 1e-9),
    "alarm": [[int(i), int(j)] for i, j in np.argwhere(dose > 10**10)],
    "weighted": int(ticks[0] @ nano_per_tick),
    "share": (dose.sum(axis=0) / dose.sum()).tolist(),
    "running": dose[:, 0].cumsum().tolist(),
}
