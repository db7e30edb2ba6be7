# Exponential, logarithm and square root of matrices.
import numpy as np
from scipy import linalg

a = np.array([[0.0, -1.2], [1.2, 0]])
s = np.array([[4.0, 1], [1, 3]])
results = {
    "expm": linalg.expm(a).tolist(),
    "expm_ints": linalg.expm(np.array([[1, 2], [0, 1]])).tolist(),
    "logm": linalg.logm(s).tolist(),
    "sqrtm": linalg.sqrtm(s).tolist(),
    "funm": np.abs(linalg.cosm(s)).tolist(),
    "fractional": linalg.fractional_matrix_power(s, 0.25).tolist(),
    "sylvester": linalg.solve_sylvester(s, s, np.eye(2)).tolist(),
    "lyapunov": linalg.solve_continuous_lyapunov(-s, np.eye(2)).tolist(),
}
