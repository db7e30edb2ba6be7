import numpy as np
import epics

P = "BI:"
sp, rb = epics.PV(P + "STEP"), epics.PV(P + "STEP")
up = np.arange(0, 5)
out = {"up": [], "down": []}
for direction, points in (("up", up), ("down", up[::-1])):
    for x in points:
        sp.put(float(x), wait=True)
        out[direction].append(rb.get(use_monitor=False))
print(out, np.allclose(out["up"], out["down"][::-1]))
