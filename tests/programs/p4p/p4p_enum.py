"""Reads and writes a mode by its label and by its index."""
import numpy as np
from p4p.client.thread import Context

ctxt = Context("pva")
mode = ctxt.get("PP:MODE")
print(mode, repr(mode), int(mode), mode.choice)
print(mode.raw.value.choices, mode.raw["value.index"])
for new in ("On", 0, "1", "Standby", np.int32(1)):
    ctxt.put("PP:MODE", new)
    print(new, "->", ctxt.get("PP:MODE"))
if ctxt.get("PP:MODE") == 1:
    print("standby")
try:
    ctxt.put("PP:MODE", "Nonsense")
except ValueError as e:
    print("ValueError:", e)
