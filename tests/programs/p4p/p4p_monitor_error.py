"""A callback that fails ends its subscription, not the program."""
import logging
import time
from p4p.client.thread import Context

logging.disable(logging.CRITICAL)
calls = []


def bad(value):
    calls.append(float(value))
    raise ValueError("broken callback")


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


ctxt = Context("pva")
ctxt.monitor("PP:SET", bad)
until(lambda: calls)
time.sleep(0.3)
ctxt.put("PP:SET", 2.0)
time.sleep(0.3)
print(calls)
