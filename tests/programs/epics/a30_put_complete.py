import time
from epics import PV

P = "BI:"
pv = PV(P + "SLOW.A")
pv.wait_for_connection()
start = time.time()
print(pv.put(2.0, use_complete=True, wait=False))
while not pv.put_complete:
    time.sleep(0.05)
print(0.8 < time.time() - start < 2.0, pv.put_complete)
start = time.time()
print(pv.put(3.0, wait=True, timeout=5), 0.8 < time.time() - start < 2.0)
