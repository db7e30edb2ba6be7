"""Values that p4p bends until they fit."""
from p4p.client.thread import Context

ctxt = Context("pva")
for name, given in (("PP:BYTE", 300), ("PP:BYTE", 3.7), ("PP:NAME", 5), ("PP:MODE", 9), ("PP:SET", [1, 2]), ("PP:SET", None)):
    try:
        ctxt.put(name, given)
        print(name, repr(given), "->", int(ctxt.get(name)))
    except Exception as e:
        print(name, repr(given), type(e).__name__)
