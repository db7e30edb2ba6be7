import statistics
import time
from epics import PV

P = "BI:"
pvs = {name: PV(P + name) for name in ("SET", "RBV", "NODRV", "BULK5")}
for pv in pvs.values():
    pv.wait_for_connection(timeout=10)
samples = {name: [] for name in pvs}
for _ in range(5):
    for name, pv in pvs.items():
        samples[name].append(pv.get())
    time.sleep(0.01)
for name, values in samples.items():
    print(f"{name:6s} mean={statistics.mean(values):8.3f} stdev={statistics.stdev(values):.3f}")
connected = [name for name, pv in pvs.items() if pv.connected]
print(connected)
