"""Change events while the attribute is being written."""
import time
import tango

ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
seen = []


def changed(event):
    if event.err:
        heard = ("error", event.errors[0].reason)
    else:
        heard = (event.attr_name, event.event, event.attr_value.value, str(event.attr_value.quality))
    if heard not in seen[-1:]:
        seen.append(heard)


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


def written_and_heard(value):
    ps.current = value
    time.sleep(0.05)
    return seen and seen[-1][2] == value


number = ps.subscribe_event("current", tango.EventType.CHANGE_EVENT, changed)
until(lambda: seen)
# The very first changes may be missed: events start a little after they are asked for.
until(lambda: written_and_heard(1.25))
for value in (2.0, 3.0, 42.0):
    ps.current = value
    until(lambda: seen[-1][2] == value)
ps.unsubscribe_event(number)
ps.current = 5.0
time.sleep(0.2)
for each in seen[:1] + seen[-3:]:
    print(each)
try:
    ps.unsubscribe_event(number)
except KeyError as e:
    print(type(e).__name__)
