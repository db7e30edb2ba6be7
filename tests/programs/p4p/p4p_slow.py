"""A put that takes a second."""
import time
from p4p.client.thread import Context


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


ctxt = Context("pva")
start = time.monotonic()
ctxt.put("PP:SLOW", 4.0, wait=True, timeout=20)
print(time.monotonic() - start > 0.9, float(ctxt.get("PP:SLOW")))
try:
    ctxt.put("PP:SLOW", 5.0, timeout=0.7)
except TimeoutError:
    pass  # It may still arrive, and does.
until(lambda: float(ctxt.get("PP:SLOW")) == 5.0)
print(float(ctxt.get("PP:SLOW")))
