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


pv = PV(P + "SET")
pv.wait_for_connection()
pv.get()
time.sleep(0.2)
pv.add_callback(changed, label="magnet", index=7)
for value in (20.0, 42.0, 47.0):
    pv.put(value, wait=True)
    time.sleep(0.1)
print(*calls, sep="\n")
