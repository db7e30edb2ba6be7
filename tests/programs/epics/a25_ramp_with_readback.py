import time
from epics import caget, caput

P = "BI:"
target, tolerance, timeout = 3.0, 0.01, 20.0
start = time.time()
caput(P + "RAMP", target)
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
print("arrived", steps[-1], steps == sorted(steps), time.time() - start > 0.3)
