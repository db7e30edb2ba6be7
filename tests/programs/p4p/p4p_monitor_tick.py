"""Counts the updates of a ticking channel."""
import time
from p4p.client.thread import Context

count = 0
last = None


def tick(value):
    global count, last
    count += 1
    assert last is None or value > last, (last, value)
    last = value


ctxt = Context("pva")
sub = ctxt.monitor("PP:TICK", tick)
time.sleep(1.5)
sub.close()
seen = count
time.sleep(0.3)
print(10 <= seen <= 18, count == seen, type(last).__name__)
