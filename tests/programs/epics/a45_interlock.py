import time
import epics

P = "BI:"


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


locked = epics.get_pv(P + "LOCKED", connect=True)


def writable():
    locked.get_ctrlvars()
    return locked.write_access


def safe_set(value):
    if epics.caget(P + "INTLK", as_string=True, use_monitor=False) != "Clear":
        return "interlocked"
    return epics.caput(P + "LOCKED", value, wait=True)


print(safe_set(1.5), epics.caget(P + "LOCKED", use_monitor=False))
epics.caput(P + "INTLK", "Tripped", wait=True)
until(lambda: not writable())
print(safe_set(2.5), epics.caget(P + "LOCKED", use_monitor=False))
epics.caput(P + "INTLK", 0, wait=True)
until(writable)
print(safe_set(3.5), epics.caget(P + "LOCKED", use_monitor=False))
