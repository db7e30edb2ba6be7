# Integer matrix powers count walks of a graph.
import numpy as np

adjacency = np.array([[0, 1, 1, 1], [1, 0, 1, 0], [1, 1, 0, 1], [1, 0, 1, 0]])
walks = np.linalg.matrix_power(adjacency, 30)
results = {
    "walks": walks.tolist(),
    "closed": int(np.trace(walks)),
    "dtype": str(walks.dtype),
    "triangles": int(np.trace(np.linalg.matrix_power(adjacency, 3))) // 6,
    "zeroth": np.linalg.matrix_power(adjacency, 0).tolist(),
    "inverse_power": np.linalg.matrix_power(np.array([[2, 1], [1, 1]]), -3).round(9).tolist(),
}
