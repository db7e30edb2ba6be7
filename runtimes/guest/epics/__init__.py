"""``epics``: pyepics' functions over the host's gate. Programs written for pyepics 3.5 run unchanged.

What it promises: caget, caput, caget_many, caput_many, cainfo, camonitor, camonitor_clear, PV, get_pv, Device, poll,
``epics.ca`` and ``epics.dbr`` answer as pyepics does. Every read and write is judged by the host, and every write waits
for its end and is read back, with ``wait`` or without. What there is not says so, and names what to use instead.
"""

from epics import ca, dbr, device, pv
from epics.device import Device
from epics.pv import PV, get_pv

__all__ = [
    "INVALID_ALARM",
    "MAJOR_ALARM",
    "MINOR_ALARM",
    "NO_ALARM",
    "PV",
    "Alarm",
    "CAPool",
    "CAProcess",
    "Device",
    "Motor",
    "ca",
    "caget",
    "caget_many",
    "cainfo",
    "camonitor",
    "camonitor_clear",
    "caput",
    "caput_many",
    "dbr",
    "device",
    "get_pv",
    "poll",
    "pv",
]
__version__ = "3.5.10"

poll = ca.poll

NO_ALARM = 0
MINOR_ALARM = 1
MAJOR_ALARM = 2
INVALID_ALARM = 3

_PVmonitors_ = {}


def caput(pvname, value, wait=False, timeout=60.0, connection_timeout=5.0):
    """Writes; gives 1, or -1 where its end was not seen in time, or None where nobody answers."""
    found = get_pv(pvname, timeout=connection_timeout, connect=True)
    return found.put(value, wait=wait, timeout=timeout) if found._connected else None


def caget(pvname, as_string=False, count=None, as_numpy=True, use_monitor=True, timeout=5.0, connection_timeout=5.0):
    """The value now, or None where nobody answers."""
    found = get_pv(pvname, timeout=connection_timeout, connect=True)
    if not found._connected:
        return None
    if as_string:
        found.get_ctrlvars()
    value = found.get(count=count, timeout=timeout, as_string=as_string, as_numpy=as_numpy)
    ca.control.pump()
    return value


def cainfo(pvname, print_out=True, timeout=5.0, connection_timeout=5.0):
    """Prints what there is to know of a PV or, with ``print_out=False``, gives it as text."""
    found = get_pv(pvname, timeout=connection_timeout, connect=True)
    if not found._connected:
        return None
    if not print_out:
        return found.info
    ca.write(found.info)
    return None


def camonitor_clear(pvname):
    """Ends a camonitor."""
    if pvname in _PVmonitors_:
        _PVmonitors_.pop(pvname).remove_callback(index=-999)


def camonitor(pvname, writer=None, callback=None, connection_timeout=5.0, monitor_delta=None):
    """Writes a line, or calls back, for each change of a PV, while the program waits."""
    if writer is None:
        writer = ca.write
    if callback is None:

        def callback(pvname=None, value=None, char_value=None, **kwds):
            writer(f"{pvname:.32s} {pv.fmt_time()} {repr(value) if char_value is None else char_value}")

    found = get_pv(pvname, timeout=connection_timeout, connect=True, monitor_delta=monitor_delta)
    if found._connected:
        found.get()
        found.add_callback(callback, index=-999, with_ctrlvars=True)
        _PVmonitors_[pvname] = found


def caget_many(
    pvlist, as_string=False, as_numpy=True, count=None, timeout=1.0, connection_timeout=5.0, conn_timeout=None
):
    """The values of many PVs, read in parallel; None for each that does not answer."""
    ca.control.pump()
    names = [str(name) for name in pvlist]
    readings = ca.control.read_many("ca", names, connection_timeout if conn_timeout is None else conn_timeout)
    return [_one_of_many(name, reading, as_string, as_numpy, count) for name, reading in zip(names, readings)]


def _one_of_many(name, reading, as_string, as_numpy, count):
    if isinstance(reading, ca.control.ControlError):
        ca._failed(reading, name)
        return None
    value = ca._native(reading.value)
    if isinstance(value, (int, float, str)) and not (as_string and reading.type == "enum"):
        return str(value) if as_string else value
    channel = ca._channel(name)
    if not channel.connect(ca.DEFAULT_CONNECTION_TIMEOUT):
        return None
    value = ca._unwrapped(value, channel, count, as_numpy)
    if not as_string:
        return value
    return ca._as_string(value, channel, channel.nelm if count is None else min(count, channel.nelm), channel.type)


def caput_many(pvlist, values, wait=False, connection_timeout=5.0, put_timeout=60):
    """Writes many PVs, one after the other; gives 1 for each that was written, else -1."""
    if len(pvlist) != len(values):
        raise ValueError("List of PV names must be equal to list of values.")
    pvs = [get_pv(name, auto_monitor=False, timeout=connection_timeout) for name in pvlist]
    done = [found.put(value, wait=bool(wait), timeout=put_timeout) for found, value in zip(pvs, values)]
    return [1 if status == 1 else -1 for status in done]


class _Absent:
    """A class of pyepics that is not here: making one says what to use."""

    instead = "Use epics.PV, epics.caget and epics.caput"

    def __init__(self, *args, **kwargs):
        raise NotImplementedError(f"epics.{type(self).__name__} is not available in this sandbox. {self.instead}")


class Motor(_Absent):
    instead = "Use epics.Device('IOC:m1', delim='.') or epics.PV with the motor's fields, such as IOC:m1.VAL and .DMOV"


class Alarm(_Absent):
    instead = "Use epics.PV(name, callback=...) and compare in the callback"


class CAProcess(_Absent):
    instead = "There are no processes here: read many PVs at once with epics.caget_many"


class CAPool(_Absent):
    instead = CAProcess.instead


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    raise AttributeError(
        f"epics has no {name!r} here. It has caget, caput, caget_many, caput_many, cainfo, camonitor, "
        "camonitor_clear, PV, get_pv, Device, poll, ca and dbr"
    )
