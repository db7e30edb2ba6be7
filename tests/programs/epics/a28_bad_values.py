from epics import caget, caput

P = "BI:"
for name, value in (("SET", "abc"), ("SET", None), ("SET", [1.0]), ("MODE", "Nope"), ("COUNT", "many"), ("SET", {})):
    try:
        print(name, value, caput(P + name, value, wait=True))
    except (ValueError, TypeError) as error:
        print(name, value, type(error).__name__, error)
print(caget(P + "SET"), caget(P + "MODE"), caget(P + "COUNT"))
