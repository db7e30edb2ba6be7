# Fibonacci numbers from an int array and from a matrix power agree up to F(90).
import numpy as np

f = np.zeros(91, dtype=int)
f[1] = 1
for i in range(2, 91):
    f[i] = f[i - 1] + f[i - 2]

m = np.linalg.matrix_power(np.array([[1, 1], [1, 0]]), 90)
results = {
    "last": f[-3:].tolist(),
    "dtype": str(f.dtype),
    "matrix": m.tolist(),
    "matrix_dtype": str(m.dtype),
    "agree": bool(m[0, 1] == f[90]),
}
