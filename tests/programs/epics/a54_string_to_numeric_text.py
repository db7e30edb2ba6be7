from epics import PV

P = "BI:"
pv = PV(P + "SET")
pv.wait_for_connection()
print(pv.get(as_string=True), type(pv.get(as_string=True)).__name__)
mode = PV(P + "MODE")
mode.wait_for_connection()
print(mode.char_value, mode.get(), mode.value)
print(mode.put("Nothing") if "Nothing" in mode.enum_strs else "no such state")
print(pv.get(with_ctrlvars=True), pv.units, pv.get(count=1))
