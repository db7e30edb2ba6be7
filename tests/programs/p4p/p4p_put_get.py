"""Puts a value and reads it back."""
from p4p.client.thread import Context

ctxt = Context("pva")
for current in (5, 7.25, -50, 50):
    ctxt.put("PP:SET", current)
    print(current, "->", ctxt.get("PP:SET") + 0)
print(repr(ctxt.put("PP:SET", 1.0)))
