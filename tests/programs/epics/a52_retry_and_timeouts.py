import time
import epics

P = "BI:"


def read(name, tries=3, patience=5):
    for attempt in range(tries):
        value = epics.caget(name, timeout=5, connection_timeout=patience)
        if value is not None:
            return value
        print("attempt", attempt + 1, "failed")
    raise RuntimeError(f"cannot read {name}")


print(read(P + "SET"))
start = time.time()
try:
    read(P + "GONE", tries=2, patience=0.2)
except RuntimeError as error:
    print(error, time.time() - start > 0.3)
