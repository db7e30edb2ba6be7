"""An object with push_event, and a queue of events."""
import time
import tango


class Watcher:
    def __init__(self):
        self.values = []

    def push_event(self, event):
        self.values.append(event.attr_value.value)


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        time.sleep(0.01)


ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
w = Watcher()
first = ps.subscribe_event("current", tango.EventType.CHANGE_EVENT, w)
until(lambda: w.values)
print(len(w.values) >= 1)
ps.current = 8.0
until(lambda: w.values[-1] == 8.0)
print(w.values[-1])
ps.unsubscribe_event(first)
queue = ps.subscribe_event("current", tango.EventType.CHANGE_EVENT, 10)
events = []


def heard(value, times=1):
    events.extend(ps.get_events(queue))
    return [event.attr_value.value for event in events].count(value) >= times


def written_and_heard(value, times):
    ps.current = value
    time.sleep(0.05)
    return heard(value, times)


# Events start a little after they are asked for. From then on there is one for each write.
until(lambda: written_and_heard(8.5, 3))
ps.current = 9.0
until(lambda: heard(9.0))
print(events[-1].attr_value.value, events[-1].device, ps.get_events(queue))
ps.current = 10.0
kept = []
until(lambda: ps.get_events(queue, lambda event: kept.append(event.attr_value.value)) or kept)
print("kept", *kept)
for name in ("voltage", "nope"):
    try:
        ps.subscribe_event(name, tango.EventType.CHANGE_EVENT, w)
    except tango.DevFailed as e:
        print(e.args[0].reason)
try:
    ps.subscribe_event("current", tango.EventType.CHANGE_EVENT, "x")
except TypeError as e:
    print("TypeError")
