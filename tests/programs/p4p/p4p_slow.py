"""A put that takes a second."""
import time
from p4p.client.thread import Context

ctxt = Context("pva")
start = time.monotonic()
ctxt.put("PP:SLOW", 4.0, wait=True, timeout=5)
print(time.monotonic() - start > 0.9, float(ctxt.get("PP:SLOW")))
try:
    ctxt.put("PP:SLOW", 5.0, timeout=0.3)
except TimeoutError as e:
    print("gave up on", e)
time.sleep(1.2)
print(float(ctxt.get("PP:SLOW")))
