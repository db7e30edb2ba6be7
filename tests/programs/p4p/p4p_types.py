"""The type of each value, as inspecting code prints it."""
from p4p.client.thread import Context

ctxt = Context("pva")
for name in ["SET", "MODE", "FLAG", "BYTE", "I64", "U64", "NAME", "STRINGS", "WF", "INTS", "POINT", "TABLE", "IMAGE"]:
    value = ctxt.get("PP:" + name)
    print(name, type(value).__name__, type(getattr(value, "raw", value)).__name__, repr(value).split("(")[0])
for name in ("FLAG", "BYTE", "I64", "U64"):
    value = ctxt.get("PP:" + name)
    print(name, repr(value), value + 1, bool(value), isinstance(value, int))
