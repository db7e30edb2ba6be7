# Chromaticity from tunes measured at several radio frequencies.
import numpy as np

f0 = 499_654_000
df = np.array([-600, -300, 0, 300, 600])
f = f0 + df
alpha_c = 3.1e-4
delta = -(f - f0) / f0 / alpha_c
tune = 0.2245 + 2.1 * delta + 35 * delta**2
c = np.polyfit(delta, tune, 2)
results = {
    "frequencies": f.tolist(),
    "dtype": str(f.dtype),
    "turns_per_hour": (f // 480 * 3600).tolist(),
    "delta": delta.tolist(),
    "chromaticity": float(c[1]),
    "second_order": round(float(c[0]), 4),
    "tune": float(c[2]),
    "frequency_product": int(f[0] * 1000 - f0 * 999),
}
