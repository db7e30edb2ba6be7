"""Control-system operations through the door: values, reads, writes, commands, subscriptions, and their events.

What it promises to the modules that stand in for control-system libraries:

- Python values go out as what the program gave and come back exact; arrays travel as bytes, never as text. With numpy
  they are arrays of their own, that may be written to; without it, lists.
- Whatever the host does not give raises :class:`ControlError`, whose ``kind`` and ``reason`` name why. What became of a
  write is an :class:`Outcome`: it is for the caller to judge.
- There are no threads. Callbacks run inside :func:`pump`, and inside ``time.sleep`` from the first subscription on. A
  callback's exception is printed and ends nothing. While one callback runs, no other does.

The host judges every call again: nothing here keeps a program from anything.
"""

import array
import atexit
import math
import sys
import time
import traceback

from aerie_guest import door

_DTYPES = {
    "bool": "?", "i8": "i1", "u8": "u1", "i16": "<i2", "u16": "<u2", "i32": "<i4", "u32": "<u4",
    "i64": "<i8", "u64": "<u8", "f32": "<f4", "f64": "<f8",
}  # fmt: skip
_KINDS = {(code[-2:] if code != "?" else "b1"): kind for kind, code in _DTYPES.items()}
_CODES = {
    "bool": "B", "i8": "b", "u8": "B", "i16": "h", "u16": "H", "i32": "i", "u32": "I",
    "i64": "q", "u64": "Q", "f32": "f", "f64": "d",
}  # fmt: skip
_AS_IT_IS = frozenset(("int", "text", "enum", "bool", "texts"))
_LONGEST_WAIT = 1e6


class ControlError(Exception):
    """The host did not give what was asked for. ``kind`` is DOOR's error type, ``reason`` its finer code or None."""

    def __init__(self, kind, message, reason=None, channel=None):
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.reason = reason
        self.channel = channel


class Reading:
    """One channel's value with its alarm state and time. ``type`` is the value's type on the wire."""

    __slots__ = ("channel", "message", "nanoseconds", "seconds", "set", "severity", "status", "type", "value")

    @property
    def timestamp(self):
        return self.seconds + self.nanoseconds * 1e-9

    def __repr__(self):
        return f"<Reading {self.channel!r} {self.value!r} severity {self.severity}>"


class Outcome:
    """What became of one write or command. ``outcome`` is one of DOOR's words; ``value`` is a command's answer."""

    __slots__ = ("before", "channel", "message", "outcome", "readback", "reason", "value", "wrote")

    def __repr__(self):
        return f"<Outcome {self.channel!r} {self.outcome} {self.reason or ''}>"


class Struct(dict):
    """A structure's fields in order; ``id`` names its type."""

    def __init__(self, fields, id=""):
        super().__init__(fields)
        self.id = id


# --- Values -----------------------------------------------------------------------------------------------------------


def _numpy():
    """numpy, or None where there is none."""
    try:
        return sys.modules["numpy"]
    except KeyError:
        try:
            import numpy
        except ImportError:
            # Not asked again: a failed import searches the whole path.
            sys.modules["numpy"] = None
            return None
        return numpy


def encode(value, payload):
    """A Python value for the wire. The elements of an array are appended to the bytearray ``payload``."""
    kind = type(value)
    if kind is float:
        return {"t": "float", "v": value if math.isfinite(value) else str(value)}
    if kind is str:
        return {"t": "text", "v": value}
    if kind is bool:
        return {"t": "bool", "v": value}
    if kind is int:
        if not -(2**63) <= value < 2**64:
            raise OverflowError(f"{value} is not a 64-bit integer")
        return {"t": "int", "v": value}
    if value is None:
        return {"t": "none"}
    if isinstance(value, (list, tuple, range)):
        return _encode_list(value, payload)
    if isinstance(value, (bytes, bytearray, memoryview, array.array)):
        return _encode_buffer(memoryview(value), payload)
    for plain in (str, int, float):
        if isinstance(value, plain):
            return encode(plain(value), payload)
    if hasattr(value, "__array__"):
        return _encode_array(_numpy().asarray(value), payload)
    raise TypeError(f"a {kind.__name__} is not a value for a channel")


def _append(payload, elements):
    payload.extend(bytes(-len(payload) % 8))
    at = len(payload)
    payload += elements
    return at


def _encode_array(value, payload):
    if value.ndim == 0:
        return encode(value.item(), payload)
    if value.dtype.kind in "USO":
        return _encode_list(value.tolist(), payload)
    if value.ndim > 3:
        raise TypeError(f"an array of {value.ndim} dimensions is not a value for a channel; 3 is the most")
    kind = _KINDS.get(value.dtype.str[1:])
    if kind is None:
        if value.dtype.kind != "f":
            raise TypeError(f"an array of {value.dtype} is not a value for a channel")
        kind = "f64"
    elements = _numpy().ascontiguousarray(value, dtype=_DTYPES[kind])
    at = _append(payload, memoryview(elements).cast("B") if elements.size else b"")
    return {"t": "array", "k": kind, "shape": list(value.shape), "at": at}


def _encode_buffer(view, payload):
    code = view.format
    size = view.itemsize
    if view.ndim != 1 or code not in "?bBhHiIlLqQfd":
        raise TypeError("this buffer is not a value for a channel")
    kind = "bool" if code == "?" else f"{'f' if code in 'fd' else 'i' if code.islower() else 'u'}{8 * size}"
    return {"t": "array", "k": kind, "shape": [len(view)], "at": _append(payload, view.tobytes())}


def _encode_list(value, payload):
    """A list of texts, or numbers in up to three dimensions."""
    items, shape = list(value), [len(value)]
    while items and isinstance(items[0], (list, tuple)) and len(shape) < 3:
        sides = {len(row) if isinstance(row, (list, tuple)) else -1 for row in items}
        if len(sides) != 1:
            raise ValueError("the rows of a list of lists must be of one length")
        shape.append(sides.pop())
        items = [item for row in items for item in row]
    if items and all(isinstance(item, str) for item in items):
        if len(shape) > 1:
            raise TypeError("texts in rows are not a value for a channel")
        return {"t": "texts", "v": [str(item) for item in items]}
    kind, items = _one_kind(items)
    at = _append(payload, array.array(_CODES[kind], items).tobytes())
    return {"t": "array", "k": kind, "shape": shape, "at": at}


def _one_kind(items):
    """The kind that holds all these numbers, and the numbers as plain Python ones."""
    types = set(map(type, items))
    if not types <= {float, int, bool}:
        items = [item.item() if hasattr(item, "item") else item for item in items]
        types = set(map(type, items))
    if types == {bool}:
        return "bool", items
    if items and types <= {int, bool}:
        return ("u64" if max(items) >= 2**63 else "i64"), items
    try:
        return "f64", [float(item) if not isinstance(item, (str, bytes)) else _no_number(item) for item in items]
    except TypeError:
        names = ", ".join(sorted(kind.__name__ for kind in types))
        raise TypeError(f"a list of {names} is not a value for a channel") from None


def _no_number(item):
    raise TypeError(item)


def decode(wire, payload):
    """A value from the wire. ``payload`` holds the elements of arrays."""
    kind = wire["t"]
    if kind in _AS_IT_IS:
        return wire["v"]
    if kind == "float":
        return float(wire["v"])
    if kind == "none":
        return None
    if kind == "array":
        return _decode_array(wire["k"], wire["shape"], wire["at"], payload)
    if kind == "struct":
        return Struct([(name, decode(field, payload)) for name, field in wire["v"]], wire.get("id", ""))
    raise ControlError("DoorError", f"a value of an unknown type: {kind}")


def _decode_array(kind, shape, at, payload):
    count = math.prod(shape)
    numpy = _numpy()
    if numpy is not None:
        # A copy, because what the host sent cannot be written to.
        return (
            numpy.frombuffer(payload, _DTYPES[kind], count, at).reshape(shape).copy()
            if count
            else numpy.empty(shape, _DTYPES[kind])
        )
    items = array.array(_CODES[kind])
    items.frombytes(payload[at : at + count * items.itemsize])
    items = [bool(item) for item in items] if kind == "bool" else items.tolist()
    for side in reversed(shape[1:]):
        items = [items[start : start + side] for start in range(0, len(items), side)] if side else []
    return items


# --- Operations -------------------------------------------------------------------------------------------------------


def seconds(timeout):
    """A time-out as the door takes it; None stays None, for the host's own."""
    if timeout is None:
        return None
    timeout = float(timeout)
    return min(max(timeout, 0.0), _LONGEST_WAIT) if timeout == timeout else None


def call(name, args, payload=b""):
    """One call through the door; gives ``(value, bulk)``. Raises :class:`ControlError`."""
    try:
        return door.call(name, args, payload)
    except door.HostError as error:
        raise ControlError(error.kind, error.message, getattr(error, "reason", None), args.get("channel")) from None


def info():
    """What the host is joined to, and in which mode this execution is."""
    return call("control.info", {})[0]


def describe(protocol, channel, timeout=None):
    """The channel's description, a dictionary as the host gives it."""
    args = {"protocol": protocol, "channel": channel}
    if timeout is not None:
        args["timeout"] = seconds(timeout)
    return call("control.describe", args)[0]


def read(protocol, channel, timeout=None):
    """One channel's :class:`Reading`."""
    args = {"protocol": protocol, "channels": (channel,)}
    if timeout is not None:
        args["timeout"] = seconds(timeout)
    try:
        (item,), payload = door.call("control.read", args)
    except door.HostError as error:
        raise ControlError(error.kind, error.message, None, channel) from None
    if "error" in item:
        raise _fault(item["error"], channel)
    return _reading(item, payload, channel)


def read_many(protocol, channels, timeout=None):
    """The channels' readings, in order, read in parallel; where there is none, the :class:`ControlError` instead."""
    channels = list(channels)
    if not channels:
        return []
    args = {"protocol": protocol, "channels": channels}
    if timeout is not None:
        args["timeout"] = seconds(timeout)
    items, payload = call("control.read", args)
    return [
        _fault(item["error"], channel) if "error" in item else _reading(item, payload, channel)
        for item, channel in zip(items, channels, strict=True)
    ]


def _fault(error, channel):
    return ControlError(error["type"], error["message"], error.get("reason"), channel)


def _reading(item, payload, channel):
    reading = Reading()
    wire = item["v"]
    reading.channel = channel
    reading.type = kind = wire["t"]
    reading.value = wire["v"] if kind in _AS_IT_IS else float(wire["v"]) if kind == "float" else decode(wire, payload)
    wire = item.get("set")
    reading.set = None if wire is None else decode(wire, payload)
    reading.severity = item.get("sev", 0)
    reading.status = item.get("status", 0)
    reading.message = item.get("msg", "")
    reading.seconds, reading.nanoseconds = item.get("time") or (0, 0)
    return reading


def write(protocol, channel, value, timeout=None):
    """Writes one channel; gives its :class:`Outcome`."""
    return write_many(protocol, [(channel, value)], timeout)[0]


def write_many(protocol, writes, timeout=None, stop_on_failure=False):
    """Writes ``(channel, value)`` pairs one after the other; gives an :class:`Outcome` for each."""
    payload = bytearray()
    timeout = seconds(timeout)
    wires = []
    for channel, value in writes:
        wire = {"channel": channel, "value": encode(value, payload)}
        if timeout is not None:
            wire["timeout"] = timeout
        wires.append(wire)
    if not wires:
        return []
    args = {"protocol": protocol, "writes": wires}
    line = caller_line()
    if line is not None:
        args["line"] = line
    if stop_on_failure:
        args["stop_on_failure"] = True
    items, bulk = call("control.write", args, payload)
    return [_outcome(item, bulk, wire["channel"]) for item, wire in zip(items, wires, strict=True)]


def put(protocol, channel, value, timeout=None):
    """Writes one channel; raises :class:`ControlError` with what became of it unless it was made."""
    outcome = write(protocol, channel, value, timeout)
    if outcome.outcome not in ("confirmed", "unconfirmed"):
        raise ControlError(outcome.outcome, f"{channel}: {outcome.outcome}: {outcome.message}", outcome.reason, channel)
    return outcome


def command(channel, argument=None, timeout=None, protocol="tango"):
    """Runs a command; gives its :class:`Outcome`, with the answer in ``value``."""
    payload = bytearray()
    args = {"protocol": protocol, "channel": channel, "argument": encode(argument, payload)}
    if timeout is not None:
        args["timeout"] = seconds(timeout)
    line = caller_line()
    if line is not None:
        args["line"] = line
    item, bulk = call("control.command", args, payload)
    return _outcome(item, bulk, channel)


def _outcome(item, payload, channel):
    outcome = Outcome()
    outcome.channel = channel
    outcome.outcome = item["outcome"]
    outcome.reason = item.get("reason")
    outcome.message = item.get("message") or ""
    for name, key in (("before", "before"), ("wrote", "wrote"), ("readback", "readback"), ("value", "v")):
        wire = item.get(key)
        setattr(outcome, name, None if wire is None else decode(wire, payload))
    return outcome


def caller_line():
    """The line that the program itself is at, or None."""
    name = getattr(sys.modules.get("__main__"), "__file__", None)
    if name is None:
        return None
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename == name:
            return frame.f_lineno
        frame = frame.f_back
    return None


# --- Events -----------------------------------------------------------------------------------------------------------

_subscriptions = {}
_later = []
_in_callback = False
_sleep = time.sleep


def subscribe(protocol, channel, function, timeout=None):
    """Has ``function(event)`` called for what happens to a channel; gives the subscription's number.

    ``event`` is a :class:`Reading`, a :class:`ControlError`, or a bool: whether the channel is connected.
    """
    args = {"protocol": protocol, "channel": channel}
    if timeout is not None:
        args["timeout"] = seconds(timeout)
    number = call("control.subscribe", args)[0]["id"]
    _subscriptions[number] = (function, channel)
    wrap_sleep()
    return number


def unsubscribe(number):
    """Ends a subscription; one that has ended already is nothing."""
    if _subscriptions.pop(number, None) is not None:
        call("control.unsubscribe", {"id": number})


def later(function):
    """Has ``function()`` called at the next :func:`pump` or at the end, as another thread of the real library would."""
    if not _later:
        atexit.unregister(_finish)
        atexit.register(_finish)
    _later.append(function)
    wrap_sleep()


def _finish():
    while _later:
        _run(_later.pop(0))


def pump(wait=0.0):
    """Runs the callbacks that are due now and for ``wait`` seconds."""
    if _in_callback or not (_subscriptions or _later):
        if wait > 0:
            _sleep(wait)
        return
    end = time.monotonic() + wait
    while True:
        found = _turn(max(0.0, end - time.monotonic()))
        left = end - time.monotonic()
        if left <= 0:
            return
        # The host ends a long wait early, so that a program's time can end in the middle of it.
        if not found and not _subscriptions:
            _sleep(left)


def wait_until(ready, timeout):
    """Runs callbacks until ``ready()`` is true or ``timeout`` seconds are over; gives what it said last."""
    end = time.monotonic() + timeout
    while not ready():
        left = end - time.monotonic()
        if left <= 0:
            return False
        if _in_callback or not _turn(min(left, 0.05)):
            _sleep(min(left, 0.001))
    return True


def _turn(wait):
    """One round: what was put off, then one batch of events. True if there was any."""
    if _later:
        due = _later[:]
        del _later[:]
        for function in due:
            _run(function)
        return True
    if not _subscriptions:
        return False
    events, payload = call("control.events", {"wait": wait})
    for event in events:
        function, channel = _subscriptions.get(event["id"], (None, None))
        if function is None:
            continue
        if "reading" in event:
            item = event["reading"]
            what = _fault(item["error"], channel) if "error" in item else _reading(item, payload, channel)
        else:
            what = bool(event["connected"])
        _run(function, what)
    return bool(events)


def _run(function, *args):
    global _in_callback
    _in_callback = True
    try:
        function(*args)
    except BaseException:  # noqa: BLE001 - in the real libraries even SystemExit ends with the callback
        traceback.print_exc()
    finally:
        _in_callback = False


def sleep(seconds, /):
    """``time.sleep``, during which callbacks run."""
    if _subscriptions or _later:
        try:
            wait = float(seconds)
        except (TypeError, ValueError):
            wait = -1.0
        if wait >= 0:
            return pump(wait)
    return _sleep(seconds)


sleep.__name__ = "sleep"


def wrap_sleep():
    """Puts :func:`sleep` in the place of ``time.sleep``, also where the program has imported it by name."""
    if time.sleep is _sleep:
        time.sleep = sleep
    names = getattr(sys.modules.get("__main__"), "__dict__", {})
    for name in [name for name, value in names.items() if value is _sleep]:
        names[name] = sleep
