import time
import epics

P = "BI:"
values = []
pv = epics.PV(P + "TICK", callback=lambda value=None, **kw: values.append(value))
end = time.time() + 0.8
while time.time() < end:
    epics.poll(evt=0.01)
print(len(values) >= 5)
before = len(values)
epics.ca.pend_event(0.5)
print(len(values) - before >= 3)
