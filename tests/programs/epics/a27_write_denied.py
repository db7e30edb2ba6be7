import epics

P = "BI:"
try:
    epics.caput(P + "RBV", 5.0, wait=True)
    print("written?!")
except epics.ca.CASeverityException as error:
    print("denied:", error)
pv = epics.PV(P + "RBV")
pv.wait_for_connection()
if not pv.write_access:
    print("read-only, skipping", pv.access)
