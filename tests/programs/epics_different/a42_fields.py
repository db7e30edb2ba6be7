from epics import caget, caput

P = "BI:"
for field in ("DESC", "EGU", "PREC", "HIHI", "HOPR", "DRVH", "RTYP", "STAT", "SEVR", "SCAN", "NAME"):
    value = caget(f"{P}SET.{field}")
    print(field, repr(value), repr(caget(f"{P}SET.{field}", as_string=True)))
print(caget(P + "SET.DESC$", as_string=True))
print(caput(P + "SET.DESC", "new words", wait=True), caget(P + "SET.DESC", use_monitor=False))
print(caput(P + "SET.HIHI", 48.0, wait=True), caget(P + "SET.HIHI", use_monitor=False))
