# Constrained and bounded minimisation.
from scipy import optimize

objective = lambda p: (p[0] - 1) ** 2 + (p[1] - 2.5) ** 2
inside = optimize.LinearConstraint([[1, -2], [-1, -2], [-1, 2]], lb=[-2, -6, -2])
slsqp = optimize.minimize(objective, (2, 0), method="SLSQP", bounds=[(0, None)] * 2, constraints=inside)
equal = optimize.minimize(lambda p: (p**2).sum(), [1.0, 0, 0], constraints={"type": "eq", "fun": lambda p: p.sum() - 3})
bounded = optimize.minimize(objective, [0, 0], bounds=[(0, 0.5), (0, 2)])
results = {
    "slsqp": [round(float(v), 5) for v in slsqp.x],
    "fun": round(float(slsqp.fun), 6),
    "equality": [round(float(v), 5) for v in equal.x],
    "bounded": [round(float(v), 6) for v in bounded.x],
    "lsq_linear": [round(float(v), 6) for v in optimize.lsq_linear([[1.0, 1], [1, -1]], [3, 1], bounds=(0, 1.5)).x],
    "nnls": [round(float(v), 9) for v in optimize.nnls([[1.0, 0], [1, 0], [0, 1]], [2.0, 1, -1])[0]],
}
