"""Handles a server that refuses."""
from p4p.client.thread import Context, RemoteError

ctxt = Context("pva")
try:
    ctxt.put("PP:SET", 1000.0)
except RemoteError as e:
    print("refused:", e)
try:
    ctxt.put("PP:RBV", 1.0)
except RuntimeError as e:
    print("refused:", e)
print(ctxt.put("PP:RBV", 1.0, throw=False))
print(float(ctxt.get("PP:SET")))
