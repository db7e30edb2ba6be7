"""Change events while the attribute is being written."""
import time
import tango

ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
seen = []


def changed(event):
    if event.err:
        seen.append(("error", event.errors[0].reason))
    else:
        seen.append((event.attr_name, event.event, event.attr_value.value, str(event.attr_value.quality)))


number = ps.subscribe_event("current", tango.EventType.CHANGE_EVENT, changed)
time.sleep(0.3)
for value in (2.0, 3.0, 42.0):
    ps.current = value
    time.sleep(0.2)
ps.unsubscribe_event(number)
ps.current = 5.0
time.sleep(0.2)
for each in seen[:1] + seen[-3:]:
    print(each)
try:
    ps.unsubscribe_event(number)
except KeyError as e:
    print(type(e).__name__)
