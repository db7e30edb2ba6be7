"""Handles channels that nobody serves, and a put that is never answered."""
from p4p.client.thread import Context, TimeoutError

ctxt = Context("pva")
try:
    ctxt.get("NO:SUCH:PV", timeout=1.5)
except TimeoutError as e:
    print("timeout:", e)
for result in ctxt.get(["PP:SET", "NO:SUCH:PV", "PP:RBV"], timeout=1.5, throw=False):
    print(type(result).__name__, result if isinstance(result, Exception) else float(result))
try:
    ctxt.put("PP:SILENT", 1.0, timeout=1.5)
except TimeoutError as e:
    print("put timeout:", e)
print(repr(ctxt.put("NO:SUCH:PV", 1.0, timeout=1.5, throw=False)))
