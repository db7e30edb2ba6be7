# Escape iterations of the Mandelbrot set counted into an integer array.
import numpy as np

y, x = np.mgrid[-1.2:1.2:24j, -2:0.8:28j]
c = x + 1j * y
z = np.zeros_like(c)
count = np.zeros(c.shape, dtype=int)
for _ in range(30):
    live = np.abs(z) <= 2
    z[live] = z[live] ** 2 + c[live]
    count += live
results = {
    "dtype": str(count.dtype),
    "inside": int((count == 30).sum()),
    "low_counts": np.bincount(count.ravel())[:8].tolist(),
    "total_scaled": int(count.sum() * 10**8),
}
