"""``epics.ca``: channels by number, over the host's gate.

What it promises: the functions that programs call, with pyepics' arguments and answers, each an operation that the host
judges. A write that the gate refuses raises :class:`WriteRefused`; one that the control system did not take raises
:class:`CASeverityException`; one whose readback differs raises :class:`WriteMismatch`. Contexts and the library's own
start and end are there and do nothing. Synchronous groups, threads, and the C library are not there.
"""

import math
import sys
import warnings

from aerie_guest import control
from epics import dbr

try:
    import numpy

    HAS_NUMPY = True
except ImportError:
    numpy = None
    HAS_NUMPY = False

PREEMPTIVE_CALLBACK = True
AUTO_CLEANUP = True
WITH_CA_MESSAGES = False
AUTOMONITOR_MAXLENGTH = 65536
DEFAULT_CONNECTION_TIMEOUT = 2.0
DEFAULT_SUBSCRIPTION_MASK = dbr.DBE_VALUE | dbr.DBE_ALARM

_INT_TYPES = (dbr.INT, dbr.ENUM, dbr.CHAR, dbr.LONG)
_ACCESS = ("no access", "read-only", "write-only", "read/write")
_CONTEXT = 1
_MESSAGES = {
    dbr.ECA_NORMAL: "Normal successful completion",
    dbr.ECA_TIMEOUT: "User specified timeout on IO operation expired",
    dbr.ECA_IODONE: "IO operations have completed",
    dbr.ECA_ISATTACHED: "Thread is already attached to a client context",
    dbr.ECA_BADCHID: "Invalid channel identifier",
}


class ChannelAccessException(Exception):
    """Something about Channel Access went wrong, or the host refuses the operation."""


class ChannelAccessGetFailure(Exception):
    """A read came back with an error."""

    def __init__(self, message, chid, status):
        super().__init__(message)
        self.chid = chid
        self.status = status


class CASeverityException(Exception):
    """The control system did not do what ``fcn`` asked; ``msg`` says why."""

    def __init__(self, fcn, msg):
        super().__init__()
        self.fcn = fcn
        self.msg = msg

    def __str__(self):
        return f" {self.fcn} returned '{self.msg}'"


class WriteRefused(CASeverityException):
    """The gate refused a write: nothing was written. ``reason`` is its code, such as MAX_EXCEEDED."""

    def __init__(self, channel, reason, msg):
        super().__init__("put", msg)
        self.channel = channel
        self.reason = reason

    def __str__(self):
        if self.reason == "NOT_WRITABLE":
            return super().__str__()
        return f"the write to {self.channel} was refused ({self.reason}): {self.msg}"


class WriteMismatch(CASeverityException):
    """A write was done and the channel then held another value. (pyepics does not look, and answers 1.)"""

    def __init__(self, channel, wrote, readback, msg):
        super().__init__("put", msg)
        self.channel = channel
        self.wrote = wrote
        self.readback = readback

    def __str__(self):
        return f"{self.channel} was written and holds another value: {self.msg}"


def write(msg, newline=True, flush=True):
    """Writes to standard output."""
    sys.stdout.write(f"{msg}\n" if newline else msg)
    if flush:
        sys.stdout.flush()


# --- Channels ---------------------------------------------------------------------------------------------------------


class _Channel:
    """What is known of one PV: its description, once it has answered, and who is to hear of its connection."""

    def __init__(self, name, chid):
        self.name = name
        self.chid = chid
        self.about = None
        self.connected = False
        self.type = -1
        self.nelm = 0
        self.callbacks = []
        self.gets = {}

    def connect(self, timeout=None, fresh=False):
        """Whether it answers; asks the host where that is not known, or when the description must be ``fresh``."""
        if self.connected and not fresh:
            return True
        try:
            self.about = about = control.describe("ca", self.name, timeout)
        except control.ControlError as error:
            self.connected = False
            _failed(error, self.name)
            return False
        self.type = dbr._NATIVE.get(about["native"], dbr.DOUBLE)
        self.nelm = math.prod(about["shape"])
        if not self.connected:
            self.connected = True
            for callback in list(self.callbacks):
                callback(pvname=self.name, chid=self.chid.value, conn=True)
        return True

    def read(self, timeout=None):
        """A reading with pyepics' types in it, or None."""
        try:
            reading = control.read("ca", self.name, timeout)
        except control.ControlError as error:
            if error.kind == "NotConnected":
                self.connected = False
            if error.kind == "Timeout":
                warnings.warn(f"ca.get('{self.name}') timed out after {timeout or 5.0:.2f} seconds.", stacklevel=3)
            _failed(error, self.name)
            return None
        if reading.type != "float" and reading.type != "int":
            reading.value = _native(reading.value)
        return reading


_channels = {}
_by_chid = {}


def _channel(name):
    """The channel of a name."""
    channel = _channels.get(name)
    if channel is None:
        chid = dbr.chid_t(len(_by_chid) + 1)
        channel = _channels[name] = _by_chid[int(chid)] = _Channel(name, chid)
    return channel


def _of(chid):
    try:
        return _by_chid[int(chid)]
    except (KeyError, TypeError, ValueError):
        raise ChannelAccessException("Unexpected channel ID") from None


def _failed(error, name):
    """Returns where pyepics answers None, raises where it raises or has no word for it."""
    if error.kind in ("NotConnected", "Timeout"):
        return
    if error.kind == "InvalidChannel":
        print(f"epics: {name!r} is not the name of a PV: {error.message}", file=sys.stderr)
        return
    if error.kind == "Refused":
        denied = error.reason == "ECA_NORDACCESS"
        raise CASeverityException("get", "Read access denied" if denied else error.message) from None
    raise ChannelAccessException(f"{name}: {error.message}") from None


def _native(value):
    """A value as pyepics has it: bytes without sign, states and truths as whole numbers."""
    if type(value) is bool:
        return int(value)
    if HAS_NUMPY and isinstance(value, numpy.ndarray):
        return value.view(numpy.uint8) if value.itemsize == 1 else value
    return value


def _metadata(reading, about, native, form):
    """What pyepics tells beside the value, in its order."""
    if form == "ctrl" and native != dbr.STRING:
        return {**_control(about, native), **_alarm(reading, native, about)}
    if form == "native":
        return {}
    return {
        "status": reading.status,
        "severity": reading.severity,
        "timestamp": reading.seconds + 1.0e-6 * int(1.0e-3 * reading.nanoseconds),
        "posixseconds": float(reading.seconds),
        "nanoseconds": reading.nanoseconds,
    }


def _control(about, native):
    """Limits, precision and units; a limit that is not set is NaN, or 0 for whole numbers, as IOCs answer."""
    if native == dbr.ENUM:
        return {}
    found = {}
    for name in dbr.ctrl_limits:
        side, _, kind = name.removesuffix("_limit").partition("_")
        group = {"disp": "display", "ctrl": "control"}.get(kind, kind)
        value = (about.get(group) or (None, None))[side == "upper"]
        if native in _INT_TYPES:
            found[name] = 0 if value is None else int(value)
        else:
            # No limits to show or to keep to are 0, no alarm limit is NaN, as an IOC says it.
            missing = 0.0 if kind in ("disp", "ctrl") else math.nan
            found[name] = missing if value is None else float(value)
    if native in (dbr.FLOAT, dbr.DOUBLE):
        found["precision"] = about.get("precision") or 0
    found["units"] = about.get("unit") or ""
    return found


def _alarm(reading, native, about):
    found = {"status": reading.status, "severity": reading.severity}
    if native == dbr.ENUM and about.get("labels"):
        found["enum_strs"] = tuple(about["labels"])
    return found


def _form(ftype):
    return "ctrl" if ftype >= dbr.CTRL_STRING else "time" if ftype >= dbr.TIME_STRING else "native"


def _unwrapped(value, channel, count, as_numpy):
    """A value as ``ca.get`` gives it: an array of one element is its element, except of bytes and texts."""
    if isinstance(value, (str, int, float)):
        return value
    if count:
        value = value[:count]
    if len(value) == 1 and channel.type not in (dbr.CHAR, dbr.STRING):
        value = value[0]
        return value.item() if hasattr(value, "item") else value
    if not as_numpy and hasattr(value, "tolist"):
        return value.tolist()
    return value


def _as_string(value, channel, count, ftype):
    """pyepics' primitive text of a value."""
    if dbr.native_type(ftype) == dbr.CHAR and count < AUTOMONITOR_MAXLENGTH and not isinstance(value, int):
        codes = list(value)
        value = "".join(map(chr, codes[: codes.index(0)] if 0 in codes else codes)).strip()
    elif ftype == dbr.ENUM and count == 1:
        labels = channel.about.get("labels") or ()
        value = labels[value] if value < len(labels) else value
    elif count > 1:
        value = f"<array count={count}, type={ftype}>"
    return str(value)


# --- Writing ----------------------------------------------------------------------------------------------------------


def _for_channel(value, channel):
    """What pyepics makes of a program's value for this channel, and its errors; the host judges what comes out."""
    native, nelm = channel.type, channel.nelm
    if isinstance(value, bytes) and native == dbr.STRING:
        value = value.decode()
    if nelm > 1:
        return _for_array(value, native, nelm)
    if native == dbr.STRING:
        if not isinstance(value, str):
            value = str(value[0]) if len(value) else ""
        if len(value.encode()) > dbr.MAX_STRING_SIZE and not channel.name.endswith("$"):
            raise ValueError("byte string too long")
        return value
    if isinstance(value, (int, float)) or (HAS_NUMPY and isinstance(value, numpy.generic)):
        value = value.item() if hasattr(value, "item") else value
        if type(value) is float and native in _INT_TYPES and value.is_integer():
            return int(value)
        return int(value) if type(value) is bool else value
    if native in _INT_TYPES:
        if isinstance(value, (str, bytes)):
            labels = (channel.about.get("labels") or []) if native == dbr.ENUM else []
            return labels.index(value) if value in labels else int(_bytes(value), base=0)
        return int(value)
    return float(_bytes(value))


def _bytes(value):
    """Texts as bytes, so that errors read as pyepics' do."""
    return value.encode() if isinstance(value, str) else value


def _for_array(value, native, nelm):
    if native == dbr.STRING:
        return [value] if isinstance(value, str) else [str(item) for item in list(value)[:nelm]]
    if isinstance(value, (str, bytes)):
        value = value.encode() if isinstance(value, str) else value
        if native == dbr.CHAR:
            value = [ord(letter) for letter in value.decode("ascii", "replace")] + [0]
        value = list(value)
    elif not hasattr(value, "__len__"):
        write("PyEpics Warning:\n     value put() to array PV must be an array or sequence")
        raise TypeError(f"object of type {type(value).__name__!r} has no len()")
    return value[:nelm]


def _put(channel, value, wait, timeout, callback, callback_data):
    """One write; gives 1, or -1 where its end was not seen, or None where nobody answers."""
    value = _for_channel(value, channel)
    try:
        # Who does not care for the end gets the host's own time-out.
        outcome = control.write("ca", channel.name, value, timeout if wait or callable(callback) else None)
    except control.ControlError as error:
        if error.kind == "NotConnected":
            channel.connected = False
            return None
        raise ChannelAccessException(f"{channel.name}: {error.message}") from None
    except (TypeError, OverflowError) as error:
        raise ChannelAccessException(f"cannot put value {value!r} to {channel.name}: {error}") from None
    result = _judge(outcome, channel, wait)
    if result == 1 and callable(callback):
        named = callback_data if isinstance(callback_data, dict) else {"data": callback_data}
        if wait:
            callback(pvname=channel.name, **named)
        else:
            control.later(lambda: callback(pvname=channel.name, **named))
    return result


def _judge(outcome, channel, wait):
    word = outcome.outcome
    if word in ("confirmed", "unconfirmed"):
        return dbr.ECA_NORMAL
    if word == "mismatch":
        raise WriteMismatch(channel.name, outcome.wrote, outcome.readback, outcome.message)
    if word == "failed":
        raise CASeverityException("put", outcome.message)
    if word == "unknown":
        print(f"epics: it is not known whether {channel.name} was written: {outcome.message}", file=sys.stderr)
        return -1 if wait else 1
    if outcome.reason == "NOT_CONNECTED":
        channel.connected = False
        return None
    denied = outcome.reason == "NOT_WRITABLE"
    raise WriteRefused(channel.name, outcome.reason, "Write access denied" if denied else outcome.message)


# --- What programs call -----------------------------------------------------------------------------------------------


def create_channel(pvname, connect=False, auto_cb=True, callback=None):
    """The channel's number. Connecting is the host's business; ``connect`` waits for it."""
    channel = _channel(pvname)
    if callable(callback) and callback not in channel.callbacks:
        channel.callbacks.append(callback)
        if channel.connected:
            callback(pvname=pvname, chid=channel.chid.value, conn=True)
        else:
            control.later(lambda: channel.connect(DEFAULT_CONNECTION_TIMEOUT))
    if connect:
        connect_channel(channel.chid)
    return channel.chid


def connect_channel(chid, timeout=None, verbose=False):
    """Whether the channel answers within ``timeout`` seconds."""
    return _of(chid).connect(DEFAULT_CONNECTION_TIMEOUT if timeout is None else timeout)


def _connected(chid, function, timeout=DEFAULT_CONNECTION_TIMEOUT):
    channel = _of(chid)
    if not channel.connect(timeout):
        raise ChannelAccessException(
            f"{function}() timed out waiting '{channel.name}' to connect ({timeout:.0f} seconds)"
        )
    return channel


def clear_channel(chid):
    channel = _of(chid)
    _channels.pop(channel.name, None)
    _by_chid.pop(int(chid), None)
    return dbr.ECA_NORMAL


def name(chid):
    return _of(chid).name


def state(chid):
    channel = _of(chid)
    return dbr.CS_CONN if channel.connect(0.25) else 0


def isConnected(chid):
    return state(chid) == dbr.CS_CONN


def host_name(chid):
    channel = _of(chid)
    return channel.about.get("server") or "" if channel.connect(0.25) else "<disconnected>"


def element_count(chid):
    channel = _of(chid)
    return channel.nelm if channel.connect(0.25) else 0


def field_type(chid):
    channel = _of(chid)
    return channel.type if channel.connect(0.25) else -1


def read_access(chid):
    channel = _of(chid)
    return int(channel.connect(0.25) and channel.about["readable"])


def write_access(chid):
    channel = _of(chid)
    return int(channel.connect(0.25) and channel.about["writable"])


def access(chid):
    return _ACCESS[read_access(chid) + 2 * write_access(chid)]


def promote_fieldtype(ftype, use_time=False, use_ctrl=False):
    if use_ctrl:
        ftype += dbr.CTRL_STRING
    elif use_time:
        ftype += dbr.TIME_STRING
    return dbr.TIME_STRING if ftype == dbr.CTRL_STRING else ftype


def promote_type(chid, use_time=False, use_ctrl=False):
    return promote_fieldtype(field_type(chid), use_time=use_time, use_ctrl=use_ctrl)


def get_with_metadata(chid, ftype=None, count=None, wait=True, timeout=None, as_string=False, as_numpy=True):
    """The value and what belongs to it, as a dictionary, or None."""
    control.pump()
    channel = _of(chid)
    if not channel.connect(DEFAULT_CONNECTION_TIMEOUT):
        return None
    if ftype is None:
        ftype = channel.type
    reading = channel.read(timeout)
    if reading is None:
        return None
    found = _metadata(reading, channel.about, channel.type, _form(ftype))
    value = _unwrapped(reading.value, channel, count, as_numpy)
    # Without a count pyepics counts 0 here: states stay numbers.
    found["value"] = _as_string(value, channel, min(count or 0, channel.nelm), ftype) if as_string else value
    if wait:
        return found
    channel.gets[ftype] = found
    return None


def get(chid, ftype=None, count=None, wait=True, timeout=None, as_string=False, as_numpy=True):
    """The value, or None."""
    found = get_with_metadata(chid, ftype, count, wait, timeout, as_string, as_numpy)
    return None if found is None else found["value"]


def get_complete_with_metadata(chid, ftype=None, count=None, timeout=None, as_string=False, as_numpy=True):
    """What a ``get`` with ``wait=False`` has found."""
    channel = _of(chid)
    ftype = channel.type if ftype is None else ftype
    found = channel.gets.get(ftype)
    if found is None:
        warnings.warn("get_complete without initial get() call", stacklevel=2)
        return None
    if as_string and not isinstance(found["value"], str):
        count = channel.nelm if count is None else min(count, channel.nelm)
        found = {**found, "value": _as_string(found["value"], channel, count, ftype)}
    return found


def get_complete(chid, ftype=None, count=None, timeout=None, as_string=False, as_numpy=True):
    found = get_complete_with_metadata(chid, ftype, count, timeout, as_string, as_numpy)
    return None if found is None else found["value"]


def put(chid, value, wait=False, timeout=30, callback=None, callback_data=None, ftype=None):
    """Writes. Every write waits for its end and is read back by the host, with ``wait`` or without."""
    return _put(_connected(chid, "put"), value, wait, timeout, callback, callback_data)


def _facts(chid, form):
    channel = _of(chid)
    if not channel.connect(DEFAULT_CONNECTION_TIMEOUT, fresh=form == "ctrl"):
        return None
    reading = channel.read()
    return None if reading is None else _metadata(reading, channel.about, channel.type, form)


def get_ctrlvars(chid, timeout=5.0, warn=True):
    """Limits, precision, units, states, alarm."""
    return _facts(chid, "ctrl")


def get_timevars(chid, timeout=5.0, warn=True):
    """Alarm and time."""
    return _facts(chid, "time")


def get_timestamp(chid):
    return get_timevars(chid).get("timestamp", 0)


def get_severity(chid):
    return get_timevars(chid).get("severity", 0)


def get_precision(chid):
    return get_ctrlvars(chid).get("precision") if field_type(chid) in (dbr.FLOAT, dbr.DOUBLE) else None


def get_enum_strings(chid):
    return get_ctrlvars(chid).get("enum_strs") if field_type(chid) == dbr.ENUM else None


def create_subscription(
    chid, use_time=False, use_ctrl=False, ftype=None, mask=None, callback=None, count=0, timeout=None
):
    """Has ``callback(value=..., pvname=..., chid=..., ...)`` called for each change, while the program waits."""
    channel = _connected(chid, "create_subscription", timeout or DEFAULT_CONNECTION_TIMEOUT)
    ftype = promote_fieldtype(channel.type if ftype is None else ftype, use_time=use_time, use_ctrl=use_ctrl)

    def changed(event):
        if isinstance(event, control.Reading) and callable(callback):
            value = _native(event.value)
            size = len(value) if hasattr(value, "__len__") and not isinstance(value, str) else 1
            facts = _metadata(event, channel.about, channel.type, _form(ftype))
            value = _unwrapped(value, channel, count, True)
            callback(value=value, ftype=ftype, count=size, chid=channel.chid, pvname=channel.name, **facts)

    number = _subscribe(channel, changed)
    return (callback, None, number)


def _subscribe(channel, function):
    try:
        return control.subscribe("ca", channel.name, function)
    except control.ControlError as error:
        _failed(error, channel.name)
        return None


def clear_subscription(event_id):
    if event_id is not None:
        control.unsubscribe(event_id)
    return dbr.ECA_NORMAL


def pend_event(timeout=1.0e-5):
    """Waits, and runs the callbacks that are due meanwhile."""
    control.pump(timeout)
    return dbr.ECA_TIMEOUT


def pend_io(timeout=1.0):
    return dbr.ECA_NORMAL


def poll(evt=1.0e-5, iot=1.0):
    pend_event(evt)
    return dbr.ECA_NORMAL


def flush_io():
    return dbr.ECA_NORMAL


def test_io():
    return True


def message(status):
    return _MESSAGES.get(status, f"status {status}")


def version():
    return "4.13"


def PySEVCHK(func_name, status, expected=dbr.ECA_NORMAL):
    if status == expected:
        return status
    raise CASeverityException(func_name, message(status))


def replace_access_rights_event(chid, callback=None):
    """Calls back once with the rights as they are."""
    channel = _of(chid)
    if callable(callback) and channel.connect(DEFAULT_CONNECTION_TIMEOUT):
        callback(channel.about["readable"], channel.about["writable"])


def initialize_libca():
    return None


def finalize_libca(maxtime=10.0):
    return None


def current_context():
    return _CONTEXT


def create_context(ctx=None):
    return None


def use_initial_context():
    return dbr.ECA_NORMAL


def attach_context(context):
    return dbr.ECA_NORMAL


def detach_context():
    return None


context_create = create_context
context_destroy = destroy_context = detach_context


def disable_ca_messages():
    return None


def enable_ca_messages(writer="stderr"):
    return None


def replace_printf_handler(writer=None):
    return None


def show_cache(print_out=True):
    """The channels of this program, as text."""
    lines = ["#  PVName        ChannelID/Context Connected?", "#--------------------------------------------"]
    lines += [f" {item.name:15s} {int(item.chid)}/{_CONTEXT}  {item.connected}" for item in _channels.values()]
    if not print_out:
        return "\n".join(lines)
    write("\n".join(lines))
    return None


def clear_cache():
    """Forgets what is known of the channels; subscriptions stay with their PVs."""
    for channel in _channels.values():
        channel.connected = False


def __getattr__(what):
    if what.startswith("__"):
        raise AttributeError(what)
    raise AttributeError(
        f"epics.ca has no {what!r} here: there is no C library and there are no threads. "
        "Use epics.PV, epics.caget, epics.caput, or ca.create_channel, ca.get, ca.put, ca.create_subscription"
    )
