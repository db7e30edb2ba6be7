# Twiss functions of a FODO cell from its transfer matrix.
import numpy as np


def drift(length):
    return np.array([[1, length], [0, 1]])


def quad(inverse_focal):
    return np.array([[1, 0], [-inverse_focal, 1]])


cell = quad(0.1) @ drift(3) @ quad(-0.2) @ drift(3) @ quad(0.1)
mu = np.arccos(np.trace(cell) / 2)
results = {
    "matrix": cell.tolist(),
    "det": float(np.linalg.det(cell)),
    "phase_advance_deg": float(np.degrees(mu)),
    "beta": float(cell[0, 1] / np.sin(mu)),
    "alpha": float((cell[0, 0] - cell[1, 1]) / (2 * np.sin(mu))),
    "int_drift_dtype": str(drift(3).dtype),
    "hundred_cells_trace": float(np.trace(np.linalg.matrix_power(cell, 100))),
}
