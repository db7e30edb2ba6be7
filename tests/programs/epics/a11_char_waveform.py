import time
from epics import PV, caget, caput

P = "BI:"


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


path = "/data/2026/run_0042/scan.h5"
print(caput(P + "CHARS", path, wait=True))
until(lambda: len(caget(P + "CHARS")) >= len(path))
print(caget(P + "CHARS", as_string=True, use_monitor=False))
raw = caget(P + "CHARS", use_monitor=False)
print(raw.dtype, len(raw), "".join(chr(c) for c in raw if c))
pv = PV(P + "CHARS")
print(pv.get(as_string=True), pv.type, pv.nelm)
print(pv.char_value)
