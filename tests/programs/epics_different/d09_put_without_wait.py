import time
import epics

P = "BI:"
start = time.time()
print(epics.caput(P + "SLOW.A", 1.0), "returned at once" if time.time() - start < 0.5 else "returned when it was done")
