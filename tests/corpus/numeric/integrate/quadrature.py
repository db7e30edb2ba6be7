# Definite integrals by adaptive and fixed rules.
import numpy as np
from scipy import integrate

results = {
    "quad": integrate.quad(lambda x: np.exp(-(x**2)), 0, np.inf)[0],
    "oscillating": integrate.quad(np.cos, 0, 20)[0],
    "singular": integrate.quad(lambda x: 1 / np.sqrt(x), 0, 1)[0],
    "weighted": integrate.quad(lambda x: x, 0, 1, weight="cos", wvar=10)[0],
    "points": integrate.quad(lambda x: abs(x - 0.3), 0, 1, points=[0.3])[0],
    "dblquad": integrate.dblquad(lambda y, x: x * y, 0, 1, 0, lambda x: x)[0],
    "nquad": integrate.nquad(lambda x, y, z: x + y * z, [[0, 1], [0, 2], [0, 3]])[0],
    "fixed": float(integrate.fixed_quad(np.sin, 0, np.pi, n=8)[0]),
    "vector": integrate.quad_vec(lambda x: np.array([x, x**2]), 0, 1)[0].tolist(),
    "ellipse": float(integrate.quad(lambda t: np.hypot(3 * np.sin(t), 2 * np.cos(t)), 0, 2 * np.pi)[0]),
}
