import epics

P = "BI:"
for name, value in (("COUNT", 3.7), ("COUNT", 2**40), ("MODE", 9)):
    try:
        print(epics.caput(P + name, value, wait=True), epics.caget(P + name, use_monitor=False))
    except epics.ca.CASeverityException as error:
        print(type(error).__name__, error.reason)
