import time
import epics

P = "BI:"


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


a, b = [], []
pv = epics.PV(
    P + "NODRV", callback=[lambda value=None, **k: a.append(value), lambda value=None, **k: b.append(value * 2)]
)
until(lambda: a and b)
pv.put(3.0, wait=True)
until(lambda: a[-1] == 3.0 and b[-1] == 6.0)
print(a, b, sorted(pv.callbacks))
