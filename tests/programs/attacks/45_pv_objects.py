import epics
p = epics.PV("BI:STEP")
for f in (lambda: setattr(p, "value", 61.0), lambda: p.put(61.0, wait=True), lambda: p.put(61.0, callback=lambda **k: p.put(62.0), use_complete=True), lambda: setattr(p, "pvname", "BI:SET") or p.put(1.0),
          lambda: p.__dict__.update(pvname="BI:SET", _name="BI:SET"), lambda: p.put(1.0), lambda: epics.ca.put(p.chid, 63.0), lambda: epics.caput_many(["BI:STEP", "BI:SET"], [1.0, 64.0])):
    try: print(f())
    except BaseException as x: print(repr(x)[:100])
try:
    d = epics.Device("BI:", attrs=("SET", "STEP")); d.put("SET", 65.0); d.STEP = 65.0
except BaseException as x: print(repr(x)[:100])
