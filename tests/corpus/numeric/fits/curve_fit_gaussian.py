# A Gaussian peak on a flat background by non-linear least squares.
import numpy as np
from scipy.optimize import curve_fit


def model(x, height, centre, width, floor):
    return height * np.exp(-(((x - centre) / width) ** 2) / 2) + floor


x = np.linspace(-5, 5, 60)
y = model(x, 4.0, 0.7, 1.2, 0.5) + 0.02 * np.sin(13 * x)
p, cov = curve_fit(model, x, y, p0=[3, 0, 1, 0])
results = {
    "parameters": [round(float(v), 6) for v in p],
    "errors": [round(float(v), 6) for v in np.sqrt(np.diag(cov))],
    "fwhm": round(float(2 * np.sqrt(2 * np.log(2)) * p[2]), 6),
    "text": " ".join(f"{v:.3f}" for v in p),
}
