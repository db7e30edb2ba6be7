import epics

P = "BI:"
epics.caput(P + "WF", [1.0, 2.0], wait=True)
print(epics.PV(P + "WF", count=4, auto_monitor=False).get())
