"""Ramps a magnet current in steps and checks every one."""
import time
from p4p.client.thread import Context

ctxt = Context("pva")
start, target, step = float(ctxt.get("PP:SET")), 14.0, 1.0
current = start
while abs(current - target) > 1e-9:
    current = min(target, current + step)
    ctxt.put("PP:SET", current, wait=True)
    readback = ctxt.get("PP:SET")
    print(f"{current:6.2f} A  readback {readback:6.2f} A  severity {readback.severity}")
    time.sleep(0.05)
ctxt.put("PP:SET", start)
print("restored", float(ctxt.get("PP:SET")))
