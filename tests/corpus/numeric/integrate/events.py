# Event detection: a bouncing trajectory's landing and apex.
from scipy.integrate import solve_ivp


def fall(t, s):
    return [s[2], s[3], 0, -9.81]


def ground(t, s):
    return s[1]


def apex(t, s):
    return s[3]


ground.terminal, ground.direction = True, -1
sol = solve_ivp(fall, (0, 10), [0, 0, 20, 15], events=[ground, apex], rtol=1e-9, dense_output=True)
results = {
    "landing": round(float(sol.t_events[0][0]), 6),
    "range": round(float(sol.y_events[0][0][0]), 5),
    "apex_time": round(float(sol.t_events[1][0]), 6),
    "apex_height": round(float(sol.sol(15 / 9.81)[1]), 5),
}
