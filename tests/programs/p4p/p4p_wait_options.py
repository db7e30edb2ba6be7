"""The options of put."""
from p4p.client.thread import Context

ctxt = Context("pva")
ctxt.put("PP:BULK3", 1.5, wait=True)
ctxt.put("PP:BULK3", 2.5, process="true")
ctxt.put("PP:BULK3", 3.5, process="passive", wait=False)
ctxt.put("PP:BULK3", 4.5, request="record[process=true]")
ctxt.put("PP:BULK3", 5.5, get=False)
print(float(ctxt.get("PP:BULK3")), float(ctxt.get("PP:BULK3", request="field(value)")))
try:
    ctxt.put("PP:BULK3", 1, request="field(value)", wait=True)
except ValueError as e:
    print(e)
