import time
from epics import PV, caget, caput

P = "BI:"


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


caput(P + "WF", [float(i) for i in range(10)], wait=True)
until(lambda: len(caget(P + "WF")) == 10)
print(caget(P + "WF", count=3, use_monitor=False), list(caget(P + "WF", as_numpy=False, use_monitor=False)))
short = PV(P + "WF", count=4)
short.wait_for_connection()
print(short.get(), short.count, short.nelm, short.get(count=2))
unmonitored = PV(P + "WF", auto_monitor=False)
print(unmonitored.get(), unmonitored.count, unmonitored.nelm)
print(unmonitored.get_with_metadata(count=2)["value"], sorted(unmonitored.get_with_metadata()))
caput(P + "WF", tuple(range(3, 6)), wait=True)
until(lambda: list(short.get()[:3]) == [3.0, 4.0, 5.0])
print(short.get()[:3])
caput(P + "WF", range(2), wait=True)
print(unmonitored.get())
