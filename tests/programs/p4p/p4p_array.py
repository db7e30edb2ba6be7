"""Reads, scales and writes a waveform."""
import numpy as np
from p4p.client.thread import Context

ctxt = Context("pva")
wf = ctxt.get("PP:WF")
print(repr(wf), wf.shape, wf.dtype, float(wf.mean()), float(wf.max()))
ctxt.put("PP:WF", wf * 2)
print(np.asarray(ctxt.get("PP:WF")))
ctxt.put("PP:WF", np.linspace(0, 1, 5))
print(list(ctxt.get("PP:WF")))
ctxt.put("PP:WF", [1, 2, 3, 4])
print(ctxt.get("PP:WF").tolist())
ints = ctxt.get("PP:INTS")
print(repr(ints), int(ints.sum()))
ctxt.put("PP:INTS", np.arange(3, dtype=np.int32))
print(repr(ctxt.get("PP:INTS")))
print(ints.tolist(), ints[1:].tolist())
