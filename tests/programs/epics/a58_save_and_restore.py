import json
from epics import caget_many, caput, caput_many

P = "BI:"
names = [P + n for n in ("SET", "NODRV", "COUNT", "MODE", "NAME")]
snapshot = dict(zip(names, caget_many(names)))
print(json.dumps(snapshot))
try:
    caput(P + "SET", -7.0, wait=True)
    caput(P + "MODE", 3, wait=True)
    caput(P + "NAME", "changed", wait=True)
    raise RuntimeError("beam lost")
except RuntimeError as error:
    print("error:", error)
finally:
    print(caput_many(list(snapshot), list(snapshot.values()), wait="all"))
print(dict(zip(names, caget_many(names))) == snapshot)
