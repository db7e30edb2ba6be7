import time
from epics import PV

P = "BI:"
events = []


def connection(pvname=None, conn=None, pv=None, **kws):
    events.append((pvname, conn))


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


good = PV(P + "SET", connection_callback=connection)
bad = PV(P + "MISSING", connection_callback=connection)
until(lambda: events and good.connected)
print(events, good.connected, bad.connected)
rights = []
pv = PV(P + "RBV", access_callback=lambda read, write, pv=None: rights.append((bool(read), bool(write))))
until(lambda: (True, False) in rights)
print(rights[-1])
