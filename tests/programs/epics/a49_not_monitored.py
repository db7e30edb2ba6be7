import time
from epics import PV

P = "BI:"


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


heard = []
pv = PV(P + "NODRV", auto_monitor=False, callback=lambda value=None, **k: heard.append(value))
print(pv.get(), pv.auto_monitor)
pv.put(2.0, wait=True)
time.sleep(0.2)
print(pv.get(), pv.count, heard)
pv.auto_monitor = True
# A monitor that is asked for later tells when this one has started.
started = []
witness = PV(P + "NODRV", callback=lambda value=None, **k: started.append(value))
until(lambda: started)
pv.put(5.0, wait=True)
until(lambda: heard and heard[-1] == 5.0)
print(heard[-1])
