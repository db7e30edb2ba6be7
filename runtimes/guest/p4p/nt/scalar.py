"""``NTScalar``: numbers, texts and arrays that carry their alarm and time."""

import time

import numpy

from p4p.nt.common import NTBase, alarm, timeStamp
from p4p.wrapper import Type, Value


class ntwrappercommon:
    """What every read value carries: ``severity``, ``status``, ``timestamp``, ``raw_stamp`` and ``raw``."""

    timestamp = None
    _raw = None

    @property
    def raw(self):
        """The whole structure. Display and limits are fetched when first asked for."""
        raw = self._raw
        if callable(raw):
            raw = self._raw = raw()
        return raw

    def _stamp(self, severity, status, stamp):
        self.severity = severity
        self.status = status
        self.raw_stamp = stamp
        self.timestamp = stamp[0] + stamp[1] * 1e-9

    def _store(self, value):
        """Takes what it carries from a :class:`p4p.Value`."""
        self._raw = value
        stamp = value.get("timeStamp.secondsPastEpoch", 0), value.get("timeStamp.nanoseconds", 0)
        self._stamp(value.get("alarm.severity", 0), value.get("alarm.status", 0), stamp)
        return self

    def __str__(self):
        return f"{time.ctime(self.timestamp)} {self.__repr__()}"

    tostr = __str__


class ntfloat(ntwrappercommon, float):
    """A float that carries its alarm and time."""


class ntint(ntwrappercommon, int):
    """A whole number that carries its alarm and time."""


class ntbool(ntwrappercommon, int):
    """A truth value that carries its alarm and time."""

    def __new__(cls, value):
        return int.__new__(cls, bool(value))

    def __repr__(self):
        return "true" if self else "false"


class ntstr(ntwrappercommon, str):
    """A text that carries its alarm and time."""


class ntnumericarray(ntwrappercommon, numpy.ndarray):
    """A one-dimensional array that carries its alarm and time."""

    @classmethod
    def build(cls, value):
        assert value.ndim == 1, value.shape
        return numpy.array(value).view(cls)


class ntstringarray(ntwrappercommon, list):
    """A list of texts that carries its alarm and time."""


def metadata(code, display=False, control=False, valueAlarm=False, form=False):
    """The fields beside the value that describe it."""
    number = code[-1:]
    numeric = number not in "?su"
    fields = []
    if display and numeric:
        limits = [("limitLow", number), ("limitHigh", number), ("description", "s")]
        shape = [("precision", "i"), ("form", ("S", "enum_t", [("index", "i"), ("choices", "as")]))]
        fields.append(("display", ("S", None, limits + (shape if form else [("format", "s")]) + [("units", "s")])))
    elif display:
        fields.append(("display", ("S", None, [("description", "s"), ("units", "s")])))
    if control and numeric:
        fields.append(("control", ("S", None, [(name, number) for name in ("limitLow", "limitHigh", "minStep")])))
    if valueAlarm and numeric:
        ends = ("lowAlarm", "lowWarning", "highWarning", "highAlarm")
        limits = [(f"{end}Limit", number) for end in ends] + [(f"{end}Severity", "i") for end in ends]
        fields.append(("valueAlarm", ("S", None, [("active", "?"), *limits, ("hysteresis", "d")])))
    return fields


class NTScalar(NTBase):
    """Makes and reads scalars and arrays: ``NTScalar("d").wrap(4.2)``."""

    Value = Value

    @staticmethod
    def buildType(valtype, extra=[], *args, **kws):
        id = "epics:nt/NTScalarArray:1.0" if valtype[:1] == "a" else "epics:nt/NTScalar:1.0"
        spec = [("value", valtype), ("alarm", alarm), ("timeStamp", timeStamp)]
        return Type(id=id, spec=spec + metadata(valtype, *args, **kws) + list(extra))

    def __init__(self, valtype="d", **kws):
        self.type = self.buildType(valtype, **kws)

    def wrap(self, value, **kws):
        if isinstance(value, ntwrappercommon):
            kws.setdefault("timestamp", value.timestamp)
            value = value.raw
        elif not isinstance(value, Value):
            value = Value(self.type, value if isinstance(value, dict) else {"value": value})
        return self._annotate(value, **kws)

    typeMap = {
        bool: ntbool,
        int: ntint,
        float: ntfloat,
        str: ntstr,
        numpy.ndarray: ntnumericarray.build,
        list: ntstringarray,
    }

    @classmethod
    def unwrap(cls, value):
        held = value.value
        make = cls.typeMap.get(type(held))
        if make is None:
            raise ValueError(f"Can't unwrap value of type {type(held)}")
        return make(held)._store(value)

    def assign(self, V, py):
        V.value = py
