import time
import epics

P = "BI:"
a, b = [], []
pv = epics.PV(
    P + "NODRV", callback=[lambda value=None, **k: a.append(value), lambda value=None, **k: b.append(value * 2)]
)
time.sleep(0.2)
pv.put(3.0, wait=True)
time.sleep(0.2)
print(a, b, sorted(pv.callbacks))
