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


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


ctxt = Context("pva")
sub = ctxt.monitor("PP:TICK", tick)
until(lambda: count >= 10)
sub.close()
# One that was under way may still come.
time.sleep(0.3)
seen = count
time.sleep(0.5)
print(seen >= 10, count == seen, type(last).__name__)
