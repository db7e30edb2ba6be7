# Energies and wavelengths from time-of-flight histograms.
import numpy as np

edges = np.linspace(1_000_000, 21_000_000, 11, dtype=int)
centre = (edges[1:] + edges[:-1]) // 2
counts = np.array([5, 90, 400, 1200, 2500, 2100, 900, 300, 80, 10]) * 1_000_000
metres = 12.5
velocity = metres / (centre * 1e-9)
energy = 0.5 * 1.67492749804e-27 * velocity**2 / 1.602176634e-19
results = {
    "edges": edges.tolist(),
    "weighted_time": int((counts * centre).sum()),
    "mean_time": float((counts * centre).sum() / counts.sum()),
    "energy_ev": energy.tolist(),
    "peak_ev": float(energy[counts.argmax()]),
    "second_moment": float((counts * (centre / 1e6) ** 2).sum()),
    "squared_ns": (centre**2).tolist(),
    "cumulative": np.cumsum(counts).tolist(),
}
