import time
from epics import PV

P = "BI:"
pv = PV(P + "COUNT")
print("first", pv.get())
time.sleep(0.2)
log = []
index = pv.add_callback(lambda value=None, units=None, char_value=None, **kw: log.append((value, units, char_value)))
print("index", index)
time.sleep(0.2)
for value in (10, 11, 12):
    pv.put(value, wait=True)
    time.sleep(0.1)
pv.remove_callback(index)
pv.put(13, wait=True)
time.sleep(0.2)
print(log)
