import epics

P = "BI:"
try:
    print(epics.caput(P + "SET", 1000.0, wait=True), epics.caget(P + "SET", use_monitor=False))
except epics.ca.CASeverityException as error:
    print(type(error).__name__, error.reason, epics.caget(P + "SET", use_monitor=False))
