import epics

P = "BI:"
try:
    print(epics.caput(P + "NAME", "x" * 40, wait=True))
except epics.ca.CASeverityException as error:
    print(type(error).__name__, getattr(error, "reason", error.msg))
