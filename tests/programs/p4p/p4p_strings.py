"""Texts and lists of texts."""
from p4p.client.thread import Context

ctxt = Context("pva")
name = ctxt.get("PP:NAME")
print(repr(name), len(name), name.upper(), name == "hello", name + "!")
ctxt.put("PP:NAME", "Quadrupole 7")
print(repr(ctxt.get("PP:NAME")))
ctxt.put("PP:NAME", name)
print(repr(ctxt.get("PP:NAME")))
words = ctxt.get("PP:STRINGS")
print(repr(words), len(words), words[0])
ctxt.put("PP:STRINGS", ["x", "y", "z"])
print(ctxt.get("PP:STRINGS")[:2], sorted(ctxt.get("PP:STRINGS"), reverse=True))
