import time
import epics

P = "BI:"


def read(name, tries=3):
    for attempt in range(tries):
        value = epics.caget(name, timeout=0.5, connection_timeout=0.2)
        if value is not None:
            return value
        print("attempt", attempt + 1, "failed")
    raise RuntimeError(f"cannot read {name}")


print(read(P + "SET"))
start = time.time()
try:
    read(P + "GONE", tries=2)
except RuntimeError as error:
    print(error, 0.3 < time.time() - start < 1.5)
