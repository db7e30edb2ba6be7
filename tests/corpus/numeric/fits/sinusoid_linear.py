# Amplitude and phase of a known frequency by linear least squares.
import numpy as np

t = np.arange(200) * 0.01
y = 1.3 * np.sin(2 * np.pi * 2.5 * t + 0.4) + 0.2 * t
design = np.column_stack([np.sin(2 * np.pi * 2.5 * t), np.cos(2 * np.pi * 2.5 * t), t, np.ones_like(t)])
c = np.linalg.lstsq(design, y, rcond=None)[0]
results = {
    "amplitude": float(np.hypot(c[0], c[1])),
    "phase": float(np.arctan2(c[1], c[0])),
    "drift": float(c[2]),
    "offset_small": bool(abs(c[3]) < 1e-10),
}
