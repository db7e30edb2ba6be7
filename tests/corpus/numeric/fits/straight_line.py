# A straight line by polyfit, least squares and closed form.
import numpy as np

x = np.arange(10)
y = 3.5 * x - 2 + 0.1 * np.sin(7 * x)
slope, intercept = np.polyfit(x, y, 1)
design = np.vstack([x, np.ones_like(x)]).T
solution, residual, rank, _ = np.linalg.lstsq(design, y, rcond=None)
results = {
    "polyfit": [float(slope), float(intercept)],
    "lstsq": solution.tolist(),
    "residual": residual.tolist(),
    "rank": int(rank),
    "closed_form": float(((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()),
    "design_dtype": str(design.dtype),
    "text": f"y = {slope:.4f} x {intercept:+.4f}",
}
