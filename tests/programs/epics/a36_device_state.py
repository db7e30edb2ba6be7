import os
import tempfile
import time
from epics import Device

P = "BI:"


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


dev = Device(P, attrs=("SET", "COUNT", "NODRV"))
for attr in ("SET", "COUNT", "NODRV"):
    dev.PV(attr)
state = dev.save_state()
print(state)
dev.put("SET", 1.0, wait=True)
dev.put("COUNT", 50, wait=True)
until(lambda: dev.get("SET") == 1.0 and dev.get("COUNT") == 50)
dev.restore_state(state)
print([dev.PV(name).get(use_monitor=False) for name in ("SET", "COUNT", "NODRV")])
path = os.path.join(tempfile.gettempdir(), "state.txt")
dev.write_state(path)
with open(path) as file:
    print([line for line in file.read().splitlines() if not line.startswith("#")])
print(dev.read_state(path))
os.remove(path)
