"""What is not offered says so."""
from p4p.client.thread import Context

ctxt = Context("pva")
for what in ("p4p.client.asyncio", "p4p.client.cothread", "p4p.client.Qt", "p4p.server", "p4p.server.thread", "p4p.rpc"):
    try:
        __import__(what)
        print(what, "imported")
    except ImportError as e:
        print(e)
try:
    print(ctxt.rpc("PP:RPC", None))
except Exception as e:
    print(type(e).__name__, e)
try:
    ctxt.put("PP:SET", {"control.limitHigh": 99})
    print("limit changed")
except Exception as e:
    print(type(e).__name__, e)
