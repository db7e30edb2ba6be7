"""What goes wrong in programs, and how it is named."""
from p4p.client.thread import Context

ctxt = Context("pva")
raw = ctxt.get("PP:SET").raw
for what in (lambda: raw.nope, lambda: raw["nope"], lambda: raw["display.nope"], lambda: ctxt.get("PP:POINT").nope):
    try:
        what()
    except (AttributeError, KeyError) as e:
        print(type(e).__name__, e)
try:
    ctxt.get(["PP:SET"], request=["a", "b"])
except AssertionError:
    print("AssertionError")
try:
    ctxt.put(["PP:SET"], [1, 2])
except AssertionError:
    print("AssertionError")
ctxt.close()
try:
    ctxt.get("PP:SET")
except RuntimeError as e:
    print(e)
