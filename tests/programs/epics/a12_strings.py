import time
from epics import PV, caget, caput

P = "BI:"


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


name = PV(P + "NAME")
print(repr(name.get()), name.type, name.count, repr(name.char_value))
print(name.put("scan 12", wait=True), repr(name.get(use_monitor=False)))
print(caput(P + "NAME", "", wait=True), repr(caget(P + "NAME", use_monitor=False)))
print(caput(P + "STRWF", ["one", "two", "three"], wait=True))
until(lambda: len(caget(P + "STRWF")) == 3)
print(list(map(str, caget(P + "STRWF", use_monitor=False))))
try:
    caput(P + "NAME", "x" * 60)
except ValueError as error:
    print("ValueError:", error)
