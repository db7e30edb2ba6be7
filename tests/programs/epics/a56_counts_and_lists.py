import time
from epics import PV, caget, caput

P = "BI:"
caput(P + "WF", [float(i) for i in range(10)], wait=True)
time.sleep(0.1)
print(caget(P + "WF", count=3, use_monitor=False), list(caget(P + "WF", as_numpy=False, use_monitor=False)))
short = PV(P + "WF", count=4)
short.wait_for_connection()
time.sleep(0.1)
print(short.get(), short.count, short.nelm, short.get(count=2))
unmonitored = PV(P + "WF", auto_monitor=False)
print(unmonitored.get(), unmonitored.count, unmonitored.nelm)
print(unmonitored.get_with_metadata(count=2)["value"], sorted(unmonitored.get_with_metadata()))
caput(P + "WF", tuple(range(3)), wait=True)
time.sleep(0.1)
print(short.get()[:3])
caput(P + "WF", range(2), wait=True)
print(unmonitored.get())
