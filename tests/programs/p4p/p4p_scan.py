"""Scans one parameter and tabulates another."""
import numpy as np
from p4p.client.thread import Context

ctxt = Context("pva")
results = []
original = ctxt.get("PP:SET")
try:
    for x in np.linspace(-10, 10, 5):
        ctxt.put("PP:SET", x)
        results.append((float(x), float(ctxt.get("PP:SET"))))
finally:
    ctxt.put("PP:SET", original)
table = np.array(results)
print(table)
print(np.polyfit(table[:, 0], table[:, 1], 1).round(6) + 0.0)
print(float(ctxt.get("PP:SET")))
