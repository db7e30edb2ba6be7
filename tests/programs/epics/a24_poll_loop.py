import time
import epics

P = "BI:"
values = []


def until(condition, wait, seconds=20):
    end = time.time() + seconds
    while not condition():
        if time.time() > end:
            raise TimeoutError("it did not come")
        wait()


pv = epics.PV(P + "TICK", callback=lambda value=None, **kw: values.append(value))
until(lambda: len(values) >= 5, lambda: epics.poll(evt=0.01))
print(len(values) >= 5)
before = len(values)
until(lambda: len(values) >= before + 3, lambda: epics.ca.pend_event(0.1))
print(len(values) - before >= 3)
