"""Change events: callbacks run inside ``time.sleep`` and whatever else waits, or events are kept until asked for."""

import itertools
from collections import deque

from aerie_guest import control
from tango._data import DeviceAttribute, EventData
from tango._enums import EventSubMode, EventType
from tango._errors import not_offered, of_fault

# How long a subscription waits for the first event, which PyTango's brings with it.
_FIRST = 2.0

_numbers = itertools.count(1)


class _Subscription:
    """One subscribed attribute of one proxy."""

    def __init__(self, proxy, name, receive, queue):
        self.proxy = proxy
        self.name = name
        self.receive = receive
        self.queue = queue
        self.number = None
        self.heard = False
        prefix, mark = proxy._base.lower(), proxy._suffix
        self.full_name = f"{prefix}/{name.lower()}{mark}"

    def event(self, event):
        if isinstance(event, bool):
            return
        self.heard = True
        if isinstance(event, control.ControlError):
            error = of_fault(event, self.proxy, "EventConsumer")
            data = EventData(self.proxy, self.full_name, "change", None, error.args)
        else:
            value: DeviceAttribute = self.proxy._reading(self.name, event)
            data = EventData(self.proxy, self.full_name, "change", value)
        if self.queue is not None:
            self.queue.append(data)
        else:
            self.receive(data)


def _function(cb):
    """The function that an event is handed to, or None."""
    if callable(cb):
        return cb
    push = getattr(cb, "push_event", None)
    return push if callable(push) else None


def subscribe(proxy, name, event_type, cb, options, named):
    """Subscribes; gives the event's number. The first event has come when it returns, as with PyTango."""
    cb = named.get("cb", cb)
    queuesize = named.get("queuesize", cb)
    if isinstance(name, EventType) or event_type != EventType.CHANGE_EVENT:
        raise not_offered(f"The event {event_type or name}", "only EventType.CHANGE_EVENT of an attribute is")
    receive = _function(cb)
    if receive is None and (isinstance(queuesize, bool) or not isinstance(queuesize, int)):
        raise TypeError(
            "Either parameter 'queuesize' must be an integer, or parameter 'cb' must be callable object or an object with a "
            "'push_event' method."
        )
    queue = deque(maxlen=queuesize or None) if receive is None else None
    subscription = _Subscription(proxy, name, receive, queue)
    try:
        subscription.number = control.subscribe("tango", proxy._channel(name), subscription.event, proxy._timeout())
    except control.ControlError as fault:
        text = "Device server send exception while trying to register event"
        raise of_fault(fault, proxy, "EventConsumer", ("API_DSFailedRegisteringEvent", text)) from None
    number = next(_numbers)
    proxy._events[number] = subscription
    mode = named.get("sub_mode", options[0] if options else EventSubMode.SyncRead)
    if mode not in (EventSubMode.Async, EventSubMode.AsyncRead):
        control.wait_until(lambda: subscription.heard, _FIRST)
    return number


def unsubscribe(proxy, number):
    if number not in proxy._events:
        raise KeyError(f"This device proxy does not own this subscription {number}")
    control.unsubscribe(proxy._events.pop(number).number)


def waiting(proxy, number, callback=None):
    """The events kept for a subscription with a queue; a callback is called with each instead."""
    subscription = proxy._events.get(number)
    if subscription is None:
        raise ValueError(f"Invalid event_id. You are not subscribed to event {number}.")
    control.pump(0)
    events = list(subscription.queue or ())
    if subscription.queue is not None:
        subscription.queue.clear()
    if callback is None:
        return events
    receive = _function(callback)
    if receive is None:
        raise TypeError("Parameter 'callback' should be None, a callable object or an object with a 'push_event' method.")
    for event in events:
        receive(event)
    return None
