"""Reads one setpoint and prints it with its unit."""
from p4p.client.thread import Context

P = "PP:"
ctxt = Context("pva")
value = ctxt.get(P + "SET")
print("Setpoint:", float(value), value.raw["display.units"])
print(f"{value:.3f}", type(value).__name__, value.severity, value.status)
ctxt.close()
