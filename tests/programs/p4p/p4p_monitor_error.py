"""A callback that fails ends its subscription, not the program."""
import logging
import time
from p4p.client.thread import Context

logging.disable(logging.CRITICAL)
calls = []


def bad(value):
    calls.append(float(value))
    raise ValueError("broken callback")


ctxt = Context("pva")
ctxt.monitor("PP:SET", bad)
time.sleep(0.3)
ctxt.put("PP:SET", 2.0)
time.sleep(0.3)
print(calls)
