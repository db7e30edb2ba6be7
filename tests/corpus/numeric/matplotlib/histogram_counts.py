# Counts, edges and limits that plotting calls return.
import matplotlib.pyplot as plt
import numpy as np

x = np.arange(200) % 17
fig, ax = plt.subplots()
counts, edges, patches = ax.hist(x, bins=5)
h, _, _, _ = ax.hist2d(x, x[::-1], bins=3)
bars = ax.bar([1, 2, 3], np.array([1, 2, 3]) * 10**10)
plt.close(fig)
results = {
    "counts": counts.tolist(),
    "edges": edges.tolist(),
    "patches": len(patches),
    "h2": h.tolist(),
    "bar_heights": [float(b.get_height()) for b in bars],
    "scaled": (counts * 10**10).tolist(),
}
