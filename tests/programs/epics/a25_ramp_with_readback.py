import time
from epics import caget, caput

P = "BI:"
target, tolerance, timeout = 3.0, 0.01, 5.0
caput(P + "RAMP", target)
start = time.time()
steps = []
while True:
    actual = caget(P + "RAMP:RBV", use_monitor=False)
    if not steps or steps[-1] != actual:
        steps.append(actual)
    if abs(actual - target) < tolerance:
        break
    if time.time() - start > timeout:
        raise TimeoutError("ramp did not finish")
    time.sleep(0.02)
print("arrived", steps[-1], steps == sorted(steps), 0.3 < time.time() - start < 2.0)
