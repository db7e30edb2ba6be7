import time
from epics import ca

P = "BI:"
values = []


def changed(pvname=None, value=None, **kws):
    values.append((pvname, value))


chid = ca.create_channel(P + "COUNT")
ca.connect_channel(chid)
reference = ca.create_subscription(chid, callback=changed)
time.sleep(0.2)
for value in (3, 4):
    ca.put(chid, value, wait=True)
    time.sleep(0.1)
ca.clear_subscription(reference[2])
ca.put(chid, 5, wait=True)
time.sleep(0.2)
print(values)
