# A diagonally dominant 120 by 120 system and its spectrum bounds.
import numpy as np

n = 120
i, j = np.indices((n, n))
a = 1 / (1 + np.abs(i - j)) + n * (i == j)
b = np.sin(np.arange(n))
x = np.linalg.solve(a, b)
w = np.linalg.eigvalsh(a)
results = {
    "head": x[:4].tolist(),
    "norm": float(np.linalg.norm(x)),
    "extremes": [float(w[0]), float(w[-1])],
    "logdet": float(np.linalg.slogdet(a)[1]),
    "product": float((a @ a).sum()),
    "int_product": int(((i + j) @ (i * j)).sum()),
}
