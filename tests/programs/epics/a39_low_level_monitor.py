import time
from epics import ca

P = "BI:"
values = []


def changed(pvname=None, value=None, **kws):
    values.append((pvname, value))


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


chid = ca.create_channel(P + "COUNT")
ca.connect_channel(chid)
reference = ca.create_subscription(chid, callback=changed)
until(lambda: values)
for value in (3, 4):
    ca.put(chid, value, wait=True)
    until(lambda: values[-1][1] == value)
ca.clear_subscription(reference[2])
ca.put(chid, 5, wait=True)
time.sleep(0.2)
print(values)
