import json
import epics

P = "BI:"
report = {}
for name in ("SET", "RBV", "COUNT", "MODE", "NAME"):
    pv = epics.get_pv(P + name)
    pv.wait_for_connection(timeout=10)
    report[name] = {
        "value": pv.get(as_string=True),
        "units": pv.units,
        "range": [pv.lower_ctrl_limit, pv.upper_ctrl_limit],
        "severity": int(pv.severity),
        "writable": bool(pv.write_access),
    }
print(json.dumps(report, indent=1))
