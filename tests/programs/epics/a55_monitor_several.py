import time
from functools import partial
import epics

P = "BI:"
latest = {}


def on_change(pvname=None, value=None, **kws):
    latest[pvname.removeprefix(P)] = value


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


pvs = [epics.PV(P + f"BULK{i}", callback=on_change) for i in range(20)]
until(lambda: len(latest) == 20)
print(len(latest), sum(latest.values()))
epics.caput_many([P + f"BULK{i}" for i in range(20)], [0.0] * 20, wait="all")
until(lambda: sum(latest.values()) == 0.0)
print(sum(latest.values()))
for pv in pvs:
    pv.disconnect()
epics.caput(P + "BULK3", 9.0, wait=True)
time.sleep(0.2)
print(latest["BULK3"])
