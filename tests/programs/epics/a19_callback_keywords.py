import time
from epics import PV

P = "BI:"
calls = []


def changed(
    pvname=None,
    value=None,
    char_value=None,
    type=None,
    count=None,
    severity=None,
    status=None,
    units=None,
    label=None,
    cb_info=None,
    **kws,
):
    calls.append((pvname, value, char_value, type, count, severity, status, units, label, cb_info[0]))


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


heard = []
pv = PV(P + "SET", callback=lambda value=None, **kw: heard.append(value))
pv.wait_for_connection()
pv.get()
until(lambda: heard)
pv.add_callback(changed, label="magnet", index=7)
for value in (20.0, 42.0, 47.0):
    pv.put(value, wait=True)
    until(lambda: calls and calls[-1][1] == value)
print(*calls, sep="\n")
