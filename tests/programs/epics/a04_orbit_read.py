import numpy as np
from epics import caget_many

P = "BI:"
names = [f"{P}BULK{i}" for i in range(120)]
orbit = np.array(caget_many(names))
print(orbit.dtype, orbit.shape, orbit.mean(), round(float(orbit.std()), 6), orbit.argmax())
