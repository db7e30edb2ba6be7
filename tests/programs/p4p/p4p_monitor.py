"""Watches a channel while it is being written."""
import time
from p4p.client.thread import Context

ctxt = Context("pva")
seen = []


def changed(value):
    seen.append(float(value))


sub = ctxt.monitor("PP:SET", changed)
time.sleep(0.3)
for v in (1.0, 2.0, 3.0):
    ctxt.put("PP:SET", v)
    time.sleep(0.2)
sub.close()
ctxt.put("PP:SET", 4.0)
time.sleep(0.2)
print(seen)
