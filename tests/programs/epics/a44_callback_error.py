import time
from epics import PV

P = "BI:"
good = []


def broken(value=None, **kw):
    raise RuntimeError("callback broke")


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


one = PV(P + "SET", callback=broken)
two = PV(P + "RBV", callback=lambda value=None, **kw: good.append(value))
until(lambda: good and one.connected)
PV(P + "NODRV").put(1)
one.put(4.0, wait=True)
until(lambda: good[-1] == 4.0)
print(good)
print("still running")
