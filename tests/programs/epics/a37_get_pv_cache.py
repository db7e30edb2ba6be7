from epics import get_pv, PV

P = "BI:"
one, two = get_pv(P + "SET"), get_pv(P + "SET")
print(one is two, one == PV(P + "SET"), one == PV(P + "RBV"))
print(get_pv(P + "SET", connect=True).get())
print(get_pv(P + "NOPE", connect=True, timeout=0.3).connected)
pv = PV(P + "SET")
pv.wait_for_connection()
pv.disconnect()
print(len(pv.callbacks))
