# Linear systems, inverses and determinants.
import numpy as np

a = np.array([[4.0, 1, 2], [1, 5, 1], [2, 1, 6]])
b = np.array([[1, 2], [3, 4], [5, 6]])
results = {
    "solve": np.linalg.solve(a, b).tolist(),
    "inverse": np.linalg.inv(a).tolist(),
    "det": float(np.linalg.det(a)),
    "slogdet": [float(v) for v in np.linalg.slogdet(a)],
    "int_det": round(float(np.linalg.det(np.array([[3, 8], [4, 6]]))), 9),
    "cond": float(np.linalg.cond(a)),
    "identity": np.allclose(a @ np.linalg.inv(a), np.eye(3)),
    "stacked": np.linalg.solve(np.stack([a, 2 * a]), np.ones((2, 3, 1)))[:, :, 0].tolist(),
    "tensorsolve": np.linalg.tensorsolve(np.eye(4).reshape(2, 2, 2, 2) * 2, np.ones((2, 2))).tolist(),
}
