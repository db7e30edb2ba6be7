import epics

P = "BI:"
epics.caput(P + "WF", [1.0, 2.0], wait=True)
print(type(epics.caget(P + "WF", as_numpy=False, use_monitor=False)).__name__)
