import time
from epics import PV

P = "BI:"
heard = []
pv = PV(P + "NODRV", auto_monitor=False, callback=lambda value=None, **k: heard.append(value))
time.sleep(0.2)
print(pv.get(), pv.auto_monitor)
pv.put(2.0, wait=True)
time.sleep(0.1)
print(pv.get(), pv.count, heard)
pv.auto_monitor = True
time.sleep(0.2)
pv.put(5.0, wait=True)
time.sleep(0.2)
print(heard[-1])
