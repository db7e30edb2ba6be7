import time
from epics import PV

P = "BI:"


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


pv = PV(P + "SLOW.A")
pv.wait_for_connection()
start = time.time()
print(pv.put(2.0, use_complete=True, wait=False))
until(lambda: pv.put_complete)
print(time.time() - start > 0.8, pv.put_complete)
start = time.time()
print(pv.put(3.0, wait=True, timeout=20), time.time() - start > 0.8)
