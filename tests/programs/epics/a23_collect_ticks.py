import time
import numpy as np
import epics

P = "BI:"
samples = []
pv = epics.PV(
    P + "TICK", auto_monitor=True, callback=lambda value=None, timestamp=None, **kw: samples.append((timestamp, value))
)
time.sleep(1.5)
pv.clear_callbacks()
data = np.array(samples)
steps = np.diff(data[:, 1])
print(len(data) >= 12, bool((steps == 1).all()), bool(abs(np.diff(data[1:, 0]).mean() - 0.1) < 0.02))
