import time
import epics

P = "BI:"
names = ("NO_ALARM", "MINOR", "MAJOR", "INVALID")
pv = epics.PV(P + "SET")
pv.wait_for_connection()
for value in (0.0, 41.0, 46.0, -41.0, -46.0):
    pv.put(value, wait=True)
    time.sleep(0.1)
    pv.get()
    print(value, names[pv.severity], pv.char_severity, pv.char_status, pv.severity == epics.MAJOR_ALARM)
alarmed = epics.PV(P + "ALARMED")
print(alarmed.get(), alarmed.severity, alarmed.status, alarmed.units)
