"""Puts a dict, JSON, bytes and numpy scalars."""
import numpy as np
from p4p.client.thread import Context

ctxt = Context("pva")
for given in ({"value": 8}, '{"value": 3}', np.float32(2.5), np.int64(7), "6.5", np.float64(1) / 3):
    ctxt.put("PP:SET", given)
    print(repr(given), float(ctxt.get("PP:SET")))
for given in ("abc", "{value:3}"):
    try:
        ctxt.put("PP:SET", given)
    except ValueError as e:
        print("ValueError:", e)
ctxt.put("PP:MODE", {"value.index": 2})
print(ctxt.get("PP:MODE"))
ctxt.put("PP:FLAG", False)
print(repr(ctxt.get("PP:FLAG")))
ctxt.put("PP:I64", 2**53 + 3)
print(ctxt.get("PP:I64") + 0)
