from epics import PV, caget, caput

P = "BI:"
text = "a long description of what this channel is for, which is more than forty bytes"
print(caput(P + "LNAME.VAL$", text, wait=True))
print(caget(P + "LNAME.VAL$", as_string=True, use_monitor=False) == text)
pv = PV(P + "LNAME.VAL$")
print(pv.get(as_string=True)[:20], pv.type, pv.nelm, len(pv.get()))
