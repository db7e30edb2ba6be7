import time
import epics

P = "BI:"
seen = []


def changed(pvname=None, value=None, **kws):
    seen.append((pvname, value))


pv = epics.PV(P + "SET", callback=changed)
time.sleep(0.3)
for value in (1.0, 2.0, 3.0):
    epics.caput(P + "SET", value, wait=True)
    time.sleep(0.1)
pv.clear_callbacks()
epics.caput(P + "SET", 4.0, wait=True)
time.sleep(0.2)
for item in seen:
    print(item)
