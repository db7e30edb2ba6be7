"""A monitor that is told of disconnection too."""
import time
from p4p.client.thread import Context, Disconnected

ctxt = Context("pva")
seen = []


def changed(value):
    seen.append("disconnected" if isinstance(value, Disconnected) else repr(value))


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


with ctxt.monitor("PP:MODE", changed, notify_disconnect=True):
    until(lambda: len(seen) == 2)
    ctxt.put("PP:MODE", "On")
    until(lambda: len(seen) == 3)
print(seen)
