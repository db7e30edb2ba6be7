import time
import epics

P = "BI:"


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


names = ("NO_ALARM", "MINOR", "MAJOR", "INVALID")
heard = []
pv = epics.PV(P + "SET", callback=lambda value=None, **kw: heard.append(value))
until(lambda: heard)
for value in (0.0, 41.0, 46.0, -41.0, -46.0):
    pv.put(value, wait=True)
    until(lambda: heard[-1] == value)
    pv.get()
    print(value, names[pv.severity], pv.char_severity, pv.char_status, pv.severity == epics.MAJOR_ALARM)
alarmed = epics.PV(P + "ALARMED")
print(alarmed.get(), alarmed.severity, alarmed.status, alarmed.units)
