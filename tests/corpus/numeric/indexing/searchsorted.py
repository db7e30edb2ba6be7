# Insertion points and bin numbers.
import numpy as np

edges = np.array([0, 10, 20, 10**12])
x = np.array([-1, 0, 10, 15, 10**11, 10**13])
results = {
    "left": (np.searchsorted(edges, x) * 10**10).tolist(),
    "right": (np.searchsorted(edges, x, side="right") * 10**10).tolist(),
    "scalar": int(edges.searchsorted(15) * 10**10),
    "sorter": np.searchsorted([30, 10, 20], [15, 25], sorter=[1, 2, 0]).tolist(),
    "digitize": (np.digitize(x, edges) * 10**10).tolist(),
    "digitize_right": np.digitize([0.5, 1.0, 2.0], [0, 1, 2], right=True).tolist(),
    "bin_of_float": (np.digitize(np.linspace(0, 1, 5), [0.25, 0.5]) * 10**10).tolist(),
    "big_list": int(np.searchsorted([2**40, 2**41], 2**40 + 1)),
}
