import numpy as np
from epics import PV

P = "BI:"
pv = PV(P + "BIGWF")
pv.wait_for_connection()
print(pv.nelm, pv.auto_monitor)
data = np.arange(200_000, dtype=float)
pv.put(data, wait=True)
back = pv.get(timeout=20)
print(back.shape, bool((back == data).all()), back[-1])
print(pv.get(count=5))
