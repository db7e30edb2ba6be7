import time
import epics

P = "BI:"
seen = []


def changed(pvname=None, value=None, **kws):
    seen.append((pvname, value))


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


pv = epics.PV(P + "SET", callback=changed)
until(lambda: seen)
for value in (1.0, 2.0, 3.0):
    epics.caput(P + "SET", value, wait=True)
    until(lambda: seen[-1][1] == value)
pv.clear_callbacks()
epics.caput(P + "SET", 4.0, wait=True)
time.sleep(0.2)
for item in seen:
    print(item)
