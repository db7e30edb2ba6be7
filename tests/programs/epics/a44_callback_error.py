import time
from epics import PV

P = "BI:"
good = []


def broken(value=None, **kw):
    raise RuntimeError("callback broke")


one = PV(P + "SET", callback=broken)
two = PV(P + "RBV", callback=lambda value=None, **kw: good.append(value))
time.sleep(0.3)
PV(P + "NODRV").put(1)
one.put(4.0, wait=True)
time.sleep(0.2)
print(good)
print("still running")
