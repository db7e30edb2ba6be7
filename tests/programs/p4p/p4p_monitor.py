"""Watches a channel while it is being written."""
import time
from p4p.client.thread import Context

ctxt = Context("pva")
seen = []


def changed(value):
    seen.append(float(value))


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


sub = ctxt.monitor("PP:SET", changed)
until(lambda: seen)
for v in (1.0, 2.0, 3.0):
    ctxt.put("PP:SET", v)
    until(lambda: seen[-1] == v)
sub.close()
ctxt.put("PP:SET", 4.0)
time.sleep(0.2)
print(seen)
