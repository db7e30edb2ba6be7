# Colour maps and normalisations of integer data.
import matplotlib
import numpy as np
from matplotlib import colors

data = np.array([0, 5 * 10**9, 10**10])
norm = colors.Normalize()
viridis = matplotlib.colormaps["viridis"]
results = {
    "normalised": norm(data).tolist(),
    "limits": [float(norm.vmin), float(norm.vmax)],
    "viridis": np.round(viridis(norm(data)), 6).tolist(),
    "integer_lookup": np.round(viridis(np.array([0, 128, 255])), 6).tolist(),
    "bytes": [int(v) for v in viridis(0.5, bytes=True)],
    "hex": [colors.to_hex(c) for c in ("red", (0.2, 0.4, 0.6), "C1")],
    "rgba": list(colors.to_rgba("#336699", 0.5)),
    "hsv": colors.rgb_to_hsv([0.2, 0.4, 0.6]).tolist(),
    "log": colors.LogNorm(1, 10**10)(np.array([1, 10**5, 10**10])).tolist(),
    "boundary": (colors.BoundaryNorm([0, 10, 2**40], 2)(np.array([5, 100, 2**39])) * 10**10).tolist(),
}
