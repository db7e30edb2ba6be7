from epics import caget_many, caput

P = "BI:"
caput(P + "CHARS", "text", wait=True)
caput(P + "WF", [1.0, 2.0], wait=True)
names = [P + n for n in ("SET", "MODE", "COUNT", "NAME", "CHARS", "I64", "WF", "SHUTTER")]
print(caget_many(names, as_string=True))
for name, value in zip(names, caget_many(names)):
    print(name, value)
caput(P + "WF", [7.0], wait=True)
print(caget_many([P + "WF"]))
