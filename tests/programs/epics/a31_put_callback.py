import time
from epics import PV

P = "BI:"
done = []
pv = PV(P + "SET")
pv.wait_for_connection()


def finished(pvname=None, **kws):
    done.append((pvname, kws))


print(pv.put(1.0, callback=finished, callback_data=42))
deadline = time.time() + 2
while not done and time.time() < deadline:
    time.sleep(0.01)
pv.put(2.0, callback=finished, callback_data={"step": 3})
time.sleep(0.2)
print(done)
