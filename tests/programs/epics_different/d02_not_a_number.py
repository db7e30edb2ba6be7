import epics

P = "BI:"
try:
    print(epics.caput(P + "NODRV", float("nan"), wait=True), epics.caget(P + "NODRV", use_monitor=False))
except epics.ca.CASeverityException as error:
    print(type(error).__name__, error.reason)
