import os
import tempfile
from epics import Device

P = "BI:"
dev = Device(P, attrs=("SET", "COUNT", "NODRV"))
for attr in ("SET", "COUNT", "NODRV"):
    dev.PV(attr)
state = dev.save_state()
print(state)
dev.put("SET", 1.0, wait=True)
dev.put("COUNT", 50, wait=True)
dev.restore_state(state)
print([dev.PV(name).get(use_monitor=False) for name in ("SET", "COUNT", "NODRV")])
path = os.path.join(tempfile.gettempdir(), "state.txt")
dev.write_state(path)
with open(path) as file:
    print([line for line in file.read().splitlines() if not line.startswith("#")])
print(dev.read_state(path))
os.remove(path)
