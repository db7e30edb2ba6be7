# Field of a magnet from its multipole coefficients.
import numpy as np

b = [0.0, 2.5, 30.0, 400.0]
x = np.linspace(-0.02, 0.02, 5)
field = np.polynomial.polynomial.polyval(x, b)
fit = np.polynomial.polynomial.polyfit(x, field, 3)
results = {
    "field": field.tolist(),
    "recovered": fit.round(6).tolist(),
    "gradient": np.polynomial.polynomial.polyval(x, np.polynomial.polynomial.polyder(b)).tolist(),
    "integrated": float(np.polynomial.polynomial.polyval(0.02, np.polynomial.polynomial.polyint(b))),
    "table": "\n".join(f"{u * 1e3:6.1f} mm {v * 1e3:9.3f} mT" for u, v in zip(x, field)),
}
