import epics

P = "BI:"
print(epics.caget(P + "TYPO", connection_timeout=0.3))
print(epics.caput(P + "TYPO", 1.0, connection_timeout=0.3))
print(epics.cainfo(P + "TYPO", connection_timeout=0.3))
pv = epics.PV(P + "TYPO2", connection_timeout=0.3)
print(pv.wait_for_connection(timeout=0.2), pv.connected, pv.get(timeout=0.2), pv.put(1))
print(pv)
