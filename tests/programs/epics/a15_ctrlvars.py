from epics import PV

P = "BI:"
for name in ("SET", "RBV", "MODE", "COUNT", "WF", "SHUTTER", "FLOATWF", "SHORTWF"):
    print(name, PV(P + name).get_ctrlvars())
print(list(PV(P + "SET").get_timevars()))
