# Systems of non-linear equations and non-linear least squares.
import numpy as np
from scipy import optimize


def circle_line(p):
    return [p[0] ** 2 + p[1] ** 2 - 4, p[0] - p[1] - 1]


x = optimize.fsolve(circle_line, [1, 0])
r = optimize.root(circle_line, [1, 0], method="lm")
ls = optimize.least_squares(lambda p: [p[0] - 3, 10 * (p[1] - p[0] ** 2)], [1, 1])
results = {
    "fsolve": [round(float(v), 9) for v in x],
    "root": [round(float(v), 9) for v in r.x],
    "broyden": [round(float(v), 5) for v in optimize.broyden1(circle_line, [1.5, 0.5], f_tol=1e-9)],
    "least_squares": [round(float(v), 6) for v in ls.x],
    "leastsq": [round(float(v), 6) for v in optimize.leastsq(lambda p: p - np.array([1.0, 2.0]), [0, 0])[0]],
    "jacobian": np.round(ls.jac, 4).tolist(),
    "approx_fprime": np.round(optimize.approx_fprime(np.array([1.0, 2.0]), lambda p: p[0] * p[1] ** 2), 4).tolist(),
}
