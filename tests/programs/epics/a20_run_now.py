import time
from epics import PV

P = "BI:"


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


heard, values = [], []
pv = PV(P + "SET", callback=lambda value=None, **kw: heard.append(value))
pv.wait_for_connection()
until(lambda: heard)
pv.add_callback(lambda value=None, **kw: values.append(value), run_now=True)
print("at once", values)
pv.put(6.5, wait=True)
until(lambda: values[-1] == 6.5)
print("later", values)
pv.run_callbacks()
print("again", values)
