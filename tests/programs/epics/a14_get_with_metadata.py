from epics import PV

P = "BI:"
for name in ("SET", "MODE", "NAME", "COUNT"):
    pv = PV(P + name)
    pv.wait_for_connection()
    md = pv.get_with_metadata(use_monitor=False)
    print(name, list(md), md["value"], md["severity"], md["status"])
    md = pv.get_with_metadata()
    print(name, list(md), md["value"], md["units"], md["precision"])
    md = pv.get_with_metadata(form="ctrl", use_monitor=False)
    print(name, {k: v for k, v in md.items() if k not in ("timestamp", "posixseconds", "nanoseconds")})
    md = pv.get_with_metadata(as_string=True, as_namespace=True)
    print(name, md.value, md.severity)
ctrl = PV(P + "SET", form="ctrl")
print(ctrl.get(), ctrl.type, ctrl.units, ctrl.upper_ctrl_limit, ctrl.severity)
native = PV(P + "SET", form="native")
print(native.get(), native.type, native.severity)
