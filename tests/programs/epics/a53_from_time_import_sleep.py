from time import sleep, time
from epics import PV

P = "BI:"
values = []
pv = PV(P + "TICK", callback=lambda value=None, **k: values.append(value))
start = time()
sleep(0.7)
print(0.69 < time() - start < 0.8, len(values) >= 5)
before = len(values)
sleep(0)
print(len(values) - before <= 2)
