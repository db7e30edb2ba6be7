# Histogram counts are 64-bit and scale past 2**31.
import numpy as np

x = (np.arange(1000) * 37 % 101) / 10
counts, edges = np.histogram(x, bins=5, range=(0, 10))
h2, _, _ = np.histogram2d(x, x[::-1], bins=3)
results = {
    "counts": counts.tolist(),
    "dtype": str(counts.dtype),
    "scaled": (counts * 10**10).tolist(),
    "edges": edges.tolist(),
    "cumulative": (counts.cumsum() * 10**9).tolist(),
    "density": np.histogram(x, bins=4, density=True)[0].tolist(),
    "weighted": np.histogram(x, bins=2, weights=np.full(1000, 3_000_000))[0].tolist(),
    "h2": h2.tolist(),
    "hdd": np.histogramdd(np.column_stack([x, x]), bins=2)[0].tolist(),
    "of_ints": np.histogram([1, 2, 2, 3, 3, 3, 10], bins=3)[0].tolist(),
    "edges_auto": np.histogram_bin_edges(np.arange(50), bins="sturges").tolist(),
}
