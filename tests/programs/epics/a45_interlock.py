import time
import epics

P = "BI:"


def safe_set(value):
    if epics.caget(P + "INTLK", as_string=True, use_monitor=False) != "Clear":
        return "interlocked"
    return epics.caput(P + "LOCKED", value, wait=True)


print(safe_set(1.5), epics.caget(P + "LOCKED", use_monitor=False))
epics.caput(P + "INTLK", "Tripped", wait=True)
print(safe_set(2.5), epics.caget(P + "LOCKED", use_monitor=False))
epics.caput(P + "INTLK", 0, wait=True)
time.sleep(0.1)
print(safe_set(3.5), epics.caget(P + "LOCKED", use_monitor=False))
