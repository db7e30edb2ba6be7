# Emittance and Twiss functions from a quadrupole scan.
import numpy as np

k = np.linspace(-4, 4, 11)
length, drift = 0.2, 2.5
beta, alpha, emittance = 8.0, -1.2, 3e-7
gamma = (1 + alpha**2) / beta
m11 = 1 - drift * length * k
m12 = np.full_like(k, drift)
size2 = emittance * (m11**2 * beta - 2 * m11 * m12 * alpha + m12**2 * gamma)
design = np.column_stack([m11**2, 2 * m11 * m12, m12**2])
s11, s12, s22 = np.linalg.lstsq(design, size2 * 1e6, rcond=None)[0]
fitted = np.sqrt(s11 * s22 - s12**2)
results = {
    "emittance_um": float(fitted),
    "beta": float(s11 / fitted),
    "alpha": float(-s12 / fitted),
    "sizes_um": (np.sqrt(size2) * 1e6).tolist(),
    "waist": int(size2.argmin()),
    "text": f"eps = {fitted:.4f} um rad, beta = {s11 / fitted:.3f} m",
}
