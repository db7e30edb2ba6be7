# Linear, integer and assignment problems.
import numpy as np
from scipy import optimize

lp = optimize.linprog([-3, -5], A_ub=[[1, 0], [0, 2], [3, 2]], b_ub=[4, 12, 18])
limit = optimize.LinearConstraint([[6, 4], [1, 2]], ub=[24, 6])
ip = optimize.milp([-5, -4], constraints=limit, integrality=[1, 1])
cost = np.array([[4, 1, 3], [2, 0, 5], [3, 2, 2]]) * 10**9
rows, cols = optimize.linear_sum_assignment(cost)
results = {
    "lp": [round(float(v), 9) for v in lp.x],
    "lp_value": round(float(lp.fun), 9),
    "milp": [round(float(v), 9) for v in ip.x],
    "assignment": (cols * 10**10).tolist(),
    "assignment_cost": int(cost[rows, cols].sum()),
    "assignment_dtype": str(cols.dtype),
}
