"""An object with push_event, and a queue of events."""
import time
import tango


class Watcher:
    def __init__(self):
        self.values = []

    def push_event(self, event):
        self.values.append(event.attr_value.value)


ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
w = Watcher()
first = ps.subscribe_event("current", tango.EventType.CHANGE_EVENT, w)
print(len(w.values) >= 1)
ps.current = 8.0
time.sleep(0.3)
print(w.values[-1])
ps.unsubscribe_event(first)
queue = ps.subscribe_event("current", tango.EventType.CHANGE_EVENT, 10)
ps.current = 9.0
time.sleep(0.3)
events = ps.get_events(queue)
print(events[-1].attr_value.value, events[-1].device, ps.get_events(queue))
ps.current = 10.0
time.sleep(0.3)
ps.get_events(queue, lambda event: print("kept", event.attr_value.value))
for name in ("voltage", "nope"):
    try:
        ps.subscribe_event(name, tango.EventType.CHANGE_EVENT, w)
    except tango.DevFailed as e:
        print(e.args[0].reason)
try:
    ps.subscribe_event("current", tango.EventType.CHANGE_EVENT, "x")
except TypeError as e:
    print("TypeError")
