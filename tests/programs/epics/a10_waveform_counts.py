from epics import PV, caget, caput
import time

P = "BI:"
wf = PV(P + "WF")
print(wf.wait_for_connection(), wf.nelm, wf.type)
print(wf.get().shape, wf.get().dtype)
wf.put([1.5, 2.5, 3.5], wait=True)
time.sleep(0.1)
print(wf.get(), wf.count, wf.nelm, wf.get(count=2), len(wf.get(as_numpy=False)), type(wf.get(as_numpy=False)).__name__)
print(wf)
print(wf.get(as_string=True))
wf.put([9.0], wait=True)
time.sleep(0.1)
print(wf.get(), wf.value, wf.count, caget(P + "WF", count=1))
print(caput(P + "FLOATWF", [0.1, 0.2], wait=True), caget(P + "FLOATWF", use_monitor=False), caget(P + "FLOATWF").dtype)
print(caput(P + "SHORTWF", [1, -2, 3], wait=True), caget(P + "SHORTWF", use_monitor=False), caget(P + "SHORTWF").dtype)
print(caput(P + "UCHARWF", [1, 200, 3], wait=True), caget(P + "UCHARWF", use_monitor=False), caget(P + "UCHARWF").dtype)
