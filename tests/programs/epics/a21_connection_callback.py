import time
from epics import PV

P = "BI:"
events = []


def connection(pvname=None, conn=None, pv=None, **kws):
    events.append((pvname, conn))


good = PV(P + "SET", connection_callback=connection)
bad = PV(P + "MISSING", connection_callback=connection)
time.sleep(0.5)
print(events, good.connected, bad.connected)
rights = []
pv = PV(P + "RBV", access_callback=lambda read, write, pv=None: rights.append((bool(read), bool(write))))
time.sleep(0.3)
print(rights[-1])
