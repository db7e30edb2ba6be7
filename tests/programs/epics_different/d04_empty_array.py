import epics

P = "BI:"
epics.caput(P + "WF", [1.0, 2.0], wait=True)
try:
    print(epics.caput(P + "WF", [], wait=True))
except epics.ca.CASeverityException as error:
    print(type(error).__name__, error.reason)
print(len(epics.caget(P + "WF", use_monitor=False)))
