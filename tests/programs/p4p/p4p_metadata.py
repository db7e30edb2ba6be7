"""Limits and units of a setpoint, from the raw structure."""
from p4p.client.thread import Context

ctxt = Context("pva")
raw = ctxt.get("PP:SET").raw
print(raw.getID(), raw["value"], raw.value)
print(raw["control.limitLow"], raw.control.limitHigh, raw.display.precision, raw.display.units)
print(raw.get("display.nope", "none"), "valueAlarm" in raw, "nope" in raw)
print(raw.alarm.severity, raw["alarm.message"] == "")
print(sorted(raw.keys()))
print(raw.todict()["control"])
print(raw.display)
