"""A context that unwraps nothing."""
from p4p.client.thread import Context

ctxt = Context("pva", nt=False)
v = ctxt.get("PP:SET")
print(repr(v), v.value, type(v.value).__name__)
m = ctxt.get("PP:MODE")
print(m.value.index, m.value.choices, repr(m))
a = ctxt.get("PP:WF")
print(a.value, a.value.dtype)
p = ctxt.get("PP:POINT")
print(p, p.x + p.y, p["label"], p.todict(), p.items())
ctxt.put("PP:SET", 3.5)
print(ctxt.get("PP:SET").value)
ctxt.put("PP:SET", {"value": 4.5})
print(ctxt.get("PP:SET").value)
