import time
import numpy as np
import epics

P = "BI:"


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


samples = []
pv = epics.PV(
    P + "TICK", auto_monitor=True, callback=lambda value=None, timestamp=None, **kw: samples.append((timestamp, value))
)
until(lambda: len(samples) >= 12)
pv.clear_callbacks()
data = np.array(samples)
steps = np.diff(data[:, 1])
print(len(data) >= 12, bool((steps == 1).all()), bool((np.diff(data[:, 0]) > 0).all()))
