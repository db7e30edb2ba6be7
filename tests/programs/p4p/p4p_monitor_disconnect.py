"""A monitor that is told of disconnection too."""
import time
from p4p.client.thread import Context, Disconnected

ctxt = Context("pva")
seen = []


def changed(value):
    seen.append("disconnected" if isinstance(value, Disconnected) else repr(value))


with ctxt.monitor("PP:MODE", changed, notify_disconnect=True):
    time.sleep(0.3)
    ctxt.put("PP:MODE", "On")
    time.sleep(0.3)
print(seen)
