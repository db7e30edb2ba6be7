from epics import PV, caget, caput
import time

P = "BI:"


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


def written(name, values):
    status = caput(P + name, values, wait=True)
    # pyepics cuts what it reads to the length that its monitor heard of last.
    until(lambda: len(caget(P + name)) == len(values))
    return status


wf = PV(P + "WF")
print(wf.wait_for_connection(), wf.nelm, wf.type)
print(wf.get().shape, wf.get().dtype)
wf.put([1.5, 2.5, 3.5], wait=True)
until(lambda: len(wf.get()) == 3)
print(wf.get(), wf.count, wf.nelm, wf.get(count=2), len(wf.get(as_numpy=False)), type(wf.get(as_numpy=False)).__name__)
print(wf)
print(wf.get(as_string=True))
wf.put([9.0], wait=True)
until(lambda: len(wf.get()) == 1)
print(wf.get(), wf.value, wf.count, caget(P + "WF", count=1))
print(written("FLOATWF", [0.1, 0.2]), caget(P + "FLOATWF", use_monitor=False), caget(P + "FLOATWF").dtype)
print(written("SHORTWF", [1, -2, 3]), caget(P + "SHORTWF", use_monitor=False), caget(P + "SHORTWF").dtype)
print(written("UCHARWF", [1, 200, 3]), caget(P + "UCHARWF", use_monitor=False), caget(P + "UCHARWF").dtype)
