import time
from epics import PV

P = "BI:"
done = []
pv = PV(P + "SET")
pv.wait_for_connection()


def finished(pvname=None, **kws):
    done.append((pvname, kws))


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


print(pv.put(1.0, callback=finished, callback_data=42))
until(lambda: done)
pv.put(2.0, callback=finished, callback_data={"step": 3})
until(lambda: len(done) == 2)
print(done)
