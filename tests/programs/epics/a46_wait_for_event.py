import time
from epics import PV

P = "BI:"
state = {"arrived": False, "last": None}


def on_change(value=None, **kw):
    state["last"] = value
    if value is not None and abs(value - 1.0) < 1e-3:
        state["arrived"] = True


rbv = PV(P + "RAMP:RBV", callback=on_change)
rbv.wait_for_connection(timeout=2)
PV(P + "RAMP").put(1.0, wait=True)
deadline = time.time() + 4
while not state["arrived"] and time.time() < deadline:
    time.sleep(0.02)
print(state)
