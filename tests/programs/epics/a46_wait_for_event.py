import time
from epics import PV

P = "BI:"
state = {"arrived": False, "last": None}


def on_change(value=None, **kw):
    state["last"] = value
    if value is not None and abs(value - 1.0) < 1e-3:
        state["arrived"] = True


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


rbv = PV(P + "RAMP:RBV", callback=on_change)
rbv.wait_for_connection(timeout=10)
PV(P + "RAMP").put(1.0, wait=True)
until(lambda: state["arrived"])
print(state)
