"""Times of updates."""
import time
from datetime import datetime
from p4p.client.thread import Context

ctxt = Context("pva")
ctxt.put("PP:SET", 2.0)
v = ctxt.get("PP:SET")
print(abs(v.timestamp - time.time()) < 60, len(v.raw_stamp), isinstance(v.timestamp, float))
print(v.raw.timeStamp.secondsPastEpoch == v.raw_stamp[0], datetime.fromtimestamp(v.timestamp).year >= 2024)
print(str(v).split()[-1], v.tostr().split()[-1])
