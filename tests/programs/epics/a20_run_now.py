import time
from epics import PV

P = "BI:"
values = []
pv = PV(P + "SET")
pv.wait_for_connection()
time.sleep(0.2)
pv.add_callback(lambda value=None, **kw: values.append(value), run_now=True)
print("at once", values)
time.sleep(0.2)
pv.put(6.5, wait=True)
time.sleep(0.2)
print("later", values)
pv.run_callbacks()
print("again", values)
