from epics import caget, caput
import time

P = "BI:"
status = caput(P + "SET", 12.5, wait=True, timeout=5)
print("status", status)
time.sleep(0.1)
print("readback", caget(P + "RBV"), "difference", abs(caget(P + "RBV") - 12.5) < 1e-6)
print(caput(P + "SET", 3), caget(P + "SET", use_monitor=False))
print(caput(P + "NODRV", -0.25), caget(P + "NODRV", use_monitor=False))
