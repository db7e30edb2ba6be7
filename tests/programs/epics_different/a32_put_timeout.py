import time
import epics

P = "BI:"
start = time.time()
status = epics.caput(P + "SLOW.A", 4.0, wait=True, timeout=0.3)
print(status, time.time() - start < 0.9)
time.sleep(1.2)
print(epics.caget(P + "SLOWRBV"))
