# Integer polynomials evaluated by Horner's rule and by a dot product with powers.
import numpy as np

c = np.array([3, -1, 4, 1, -5, 9])
x = np.array([-50, 0, 7, 100, 1234])
y = np.zeros_like(x)
for k in c:
    y = y * x + k
vander = np.vander(x, 6)
results = {
    "horner": y.tolist(),
    "vander_dot": (vander @ c).tolist(),
    "polyval": np.polyval(c, x).tolist(),
    "vander_dtype": str(vander.dtype),
    "vander_row": vander[-1].tolist(),
}
