import time
from epics import PV

P = "BI:"


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


heard = []
pv = PV(P + "COUNT", callback=lambda value=None, **kw: heard.append(value))
print("first", pv.get())
until(lambda: heard)
log = []
index = pv.add_callback(lambda value=None, units=None, char_value=None, **kw: log.append((value, units, char_value)))
print("index", index)
for value in (10, 11, 12):
    pv.put(value, wait=True)
    until(lambda: log and log[-1][0] == value)
pv.remove_callback(index)
pv.put(13, wait=True)
time.sleep(0.2)
print(log)
