import epics as e, importlib, builtins
p = getattr(e, "ca" + "put")
for f in (p, vars(e)["caput"], getattr(importlib.import_module("ep" + "ics"), "tupac"[::-1]), eval("e.caput"), builtins.__dict__["getattr"](e, "caput")):
    for r in ("SET", "STEP", "BULK0", "NAME"):
        try: f("BI:" + r, 7)
        except BaseException as x: print(r, x)
