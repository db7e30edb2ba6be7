# Nodes and weights of Gauss rules integrate polynomials exactly.
import numpy as np

x, w = np.polynomial.legendre.leggauss(5)
h, hw = np.polynomial.hermite.hermgauss(4)
_, cw = np.polynomial.chebyshev.chebgauss(3)
lag, lw = np.polynomial.laguerre.laggauss(3)
results = {
    "nodes": x.round(12).tolist(),
    "weights": w.tolist(),
    "x8": float((w * x**8).sum()),
    "gaussian_second_moment": float((hw * h**2).sum() / np.sqrt(np.pi)),
    "chebyshev_weights": cw.tolist(),
    "laguerre_mean": float((lw * lag).sum()),
    "exp_integral": float((w * np.exp(x)).sum()),
}
