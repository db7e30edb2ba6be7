from epics import PV, caget, caput

P = "BI:"
print(caget(P + "MODE"), caget(P + "MODE", as_string=True))
mode = PV(P + "MODE")
print(mode.get(as_string=True), mode.enum_strs, mode.type, mode.count)
print(
    caput(P + "MODE", "On", wait=True),
    caget(P + "MODE", use_monitor=False),
    caget(P + "MODE", as_string=True, use_monitor=False),
)
mode.put("Fault", wait=True)
print(mode.get(use_monitor=False), mode.get(as_string=True, use_monitor=False))
mode.put(0, wait=True)
print(mode.get(use_monitor=False, as_string=True))
print({i: name for i, name in enumerate(mode.enum_strs)})
