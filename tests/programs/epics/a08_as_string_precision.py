from epics import caget, caput

P = "BI:"
for value in (1.0, -3.14159, 1e-7, 0.0, 49.99951):
    caput(P + "SET", value, wait=True)
    print(caget(P + "SET", as_string=True, use_monitor=False), caget(P + "RBV", as_string=True, use_monitor=False))
for value in (123456.789, -1e12, 3.0e-5):
    caput(P + "NODRV", value, wait=True)
    print(caget(P + "NODRV", as_string=True, use_monitor=False))
print(caget(P + "COUNT", as_string=True), caget(P + "NAME", as_string=True))
