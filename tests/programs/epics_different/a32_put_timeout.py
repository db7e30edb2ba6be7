import time
import epics

P = "BI:"


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


epics.caput(P + "SLOW.ODLY", 4.0, wait=True)
start = time.time()
status = epics.caput(P + "SLOW.A", 4.0, wait=True, timeout=0.3)
print(status, time.time() - start < 3.5)
until(lambda: epics.caget(P + "SLOWRBV") == 4.0)
print(epics.caget(P + "SLOWRBV"))
epics.caput(P + "SLOW.ODLY", 1.0, wait=True)
