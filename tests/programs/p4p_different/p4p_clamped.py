"""The server stores the nearest value it allows, and says nothing."""
from p4p.client.thread import Context

ctxt = Context("pva")
ctxt.put("PP:CLAMP", 5)
print(float(ctxt.get("PP:CLAMP")))
try:
    ctxt.put("PP:CLAMP", 200)
    print("no error")
except Exception as e:
    print(type(e).__name__, e)
print(float(ctxt.get("PP:CLAMP")))
