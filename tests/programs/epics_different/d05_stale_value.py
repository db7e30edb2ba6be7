import epics

P = "BI:"
pv = epics.PV(P + "SET", auto_monitor=False)
print(pv.value)
epics.caput(P + "SET", 2.0, wait=True)
print(pv.value)
