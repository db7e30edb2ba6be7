"""The normative types: ``NTScalar``, ``NTEnum``, ``NTTable``, ``NTNDArray``, ``NTURI``; how read values are unwrapped."""

from collections import OrderedDict

from p4p.nt.common import NTBase, alarm, timeStamp
from p4p.nt.enum import NTEnum
from p4p.nt.ndarray import NTNDArray
from p4p.nt.scalar import NTScalar
from p4p.wrapper import Type, Value

__all__ = ["NTScalar", "NTEnum", "NTMultiChannel", "NTTable", "NTNDArray", "NTURI", "defaultNT"]

_DEFAULT = {
    "epics:nt/NTScalar:1.0": NTScalar,
    "epics:nt/NTScalarArray:1.0": NTScalar,
    "epics:nt/NTEnum:1.0": NTEnum,
    "epics:nt/NTNDArray:1.0": NTNDArray,
}


def defaultNT():
    """How values are unwrapped unless told otherwise: a copy."""
    return dict(_DEFAULT)


class UnwrapOnly:
    """A function in the place of a normative type's class."""

    def __init__(self, unwrap):
        self.unwrap = unwrap

    def __call__(self):
        return self

    def wrap(self, V):
        return V


def buildNT(nt=None, unwrap=None):
    """The classes by identifier, as ``Context(nt=..., unwrap=...)`` asks for them."""
    if unwrap is False or nt is False:
        return {}
    if unwrap is not None:
        return {id: UnwrapOnly(function) for id, function in unwrap.items()}
    return {**_DEFAULT, **(nt or {})}


class NTMultiChannel(NTBase):
    """Names the type of many channels in one."""

    Value = Value

    @staticmethod
    def buildType(valtype, extra=[]):
        assert valtype[:1] == "a", "valtype must be an array"
        spec = [("value", valtype), ("channelName", "as"), ("descriptor", "s"), ("alarm", alarm), ("timeStamp", timeStamp)]
        spec += [("severity", "ai"), ("status", "ai"), ("message", "as"), ("secondsPastEpoch", "al")]
        spec += [("nanoseconds", "ai"), ("userTag", "ai"), ("isConnected", "a?")]
        return Type(id="epics:nt/NTMultiChannel:1.0", spec=spec + list(extra))


class NTTable(NTBase):
    """Makes and reads tables: ``NTTable([("name", "s"), ("current", "d")])``."""

    Value = Value

    @staticmethod
    def buildType(columns=[], extra=[]):
        spec = [("labels", "as"), ("value", ("S", None, columns)), ("descriptor", "s")]
        spec += [("alarm", alarm), ("timeStamp", timeStamp)]
        return Type(id="epics:nt/NTTable:1.0", spec=spec + list(extra))

    def __init__(self, columns=[], extra=[]):
        if any(code[0] == "a" for _, code in columns):
            raise ValueError("NTTable column types may not be array")
        self.labels = [name for name, _ in columns]
        self.type = self.buildType([(name, "a" + code) for name, code in columns], extra=extra)

    def wrap(self, values, **kws):
        if not isinstance(values, Value):
            rows = list(values)
            columns = {label: [row[label] for row in rows if label in row] for label in self.labels}
            columns = {label: column for label, column in columns.items() if column}
            values = Value(self.type, {"labels": self.labels, "value": columns})
        return self._annotate(values, **kws)

    @staticmethod
    def unwrap(value):
        """A list of ordered dictionaries, one a row."""
        names, columns = zip(*value.value.items(), strict=True) if value.value.items() else ((), ())
        return [OrderedDict(zip(names, row, strict=True)) for row in zip(*columns, strict=False)]


class NTURI:
    """Makes the arguments of a remote procedure call; calling is not offered."""

    @staticmethod
    def buildType(args):
        spec = [("scheme", "s"), ("authority", "s"), ("path", "s"), ("query", ("S", None, args))]
        return Type(id="epics:nt/NTURI:1.0", spec=spec)

    def __init__(self, args):
        self._args = list(args)
        self.type = self.buildType(args)

    def wrap(self, path, args=(), kws={}, scheme="", authority=""):
        given = {name: value for name, value in kws.items() if value is not None}
        given.update((name, value) for (name, _), value in zip(self._args, args, strict=False))
        type = self.buildType([(name, code) for name, code in self._args if name in given])
        return Value(type, {"scheme": scheme, "authority": authority, "path": path, "query": given})
