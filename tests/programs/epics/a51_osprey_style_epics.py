import time
import numpy as np
from epics import PV, caget, caput

P = "BI:"
correctors = [f"{P}BULK{i}" for i in (1, 2, 3)]
response = np.zeros((3, 3))
for column, name in enumerate(correctors):
    before = caget(name, use_monitor=False)
    caput(name, before + 0.5, wait=True)
    response[:, column] = [caget(other, use_monitor=False) for other in correctors]
    caput(name, before, wait=True)
response -= np.array([[1.0], [2.0], [3.0]])
print(response / 0.5)
results = {"condition": float(np.linalg.cond(response)), "names": correctors}
print(results)
