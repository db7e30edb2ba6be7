from epics import caget, caput
import time

P = "BI:"


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


status = caput(P + "SET", 12.5, wait=True, timeout=5)
print("status", status)
until(lambda: abs(caget(P + "RBV") - 12.5) < 1e-6)
print("readback", caget(P + "RBV"), "difference", abs(caget(P + "RBV") - 12.5) < 1e-6)
print(caput(P + "SET", 3), caget(P + "SET", use_monitor=False))
print(caput(P + "NODRV", -0.25), caget(P + "NODRV", use_monitor=False))
