"""A PV Access server made with p4p: puts that are refused with text, take long or are never answered; odd types; RPC.

Usage: p4p_server.py PREFIX, with the ports in EPICS_PVAS_SERVER_PORT and EPICS_PVAS_BROADCAST_PORT.

SET       double with display and control limits; refuses what lies outside -50..50, with text
CLAMP     double; stores what lies outside -10..10 as the nearest end and says it succeeded
RBV       double; refuses every put: "read-only"
SLOW      double; a put completes after 1 s
SILENT    double; a put is never answered
MODE      NTEnum Off, Standby, On
FLAG BYTE I64 U64 NAME STRINGS WF INTS    scalars and arrays of other types
TABLE     NTTable of two columns
IMAGE     NTNDArray of 3 rows and 4 columns
POINT     a structure of no standard type: x, y, label
TICK      double, ten times a second
RPC       called with lhs and rhs, answers their sum; without them, an error
BULK0..BULK99    double; each holds its number
"""

import sys
import threading
import time

import lifeline

lifeline.loopback()

import numpy  # noqa: E402
from p4p import Type, Value  # noqa: E402
from p4p.nt import NTEnum, NTNDArray, NTScalar, NTTable  # noqa: E402
from p4p.server import Server, StaticProvider  # noqa: E402
from p4p.server.thread import SharedPV  # noqa: E402

BULK = 100
POINT = Type([("x", "d"), ("y", "d"), ("label", "s")], id="aerie:test/Point:1.0")


class Store:
    """Takes every put."""

    def put(self, pv, op):
        """Stores the value with the time, then answers."""
        pv.post(op.value(), timestamp=time.time())
        op.done()


class Untimed(Store):
    """Takes every put, for types that hold no time."""

    def put(self, pv, op):
        """Stores the value, then answers."""
        pv.post(op.value())
        op.done()


class Limited(Store):
    """Refuses a value outside its limits, with text."""

    def __init__(self, low, high):
        self.low, self.high = low, high

    def put(self, pv, op):
        """Not a number is outside of everything."""
        value = float(op.value())
        if self.low <= value <= self.high:
            super().put(pv, op)
        else:
            op.done(error=f"value {value} outside [{self.low}, {self.high}]")


class Clamped(Limited):
    """Stores the nearest value within its limits, and says nothing."""

    def put(self, pv, op):
        """As a record's DRVL and DRVH do."""
        pv.post(min(max(float(op.value()), self.low), self.high), timestamp=time.time())
        op.done()


class Refused:
    """Refuses every put."""

    def put(self, _pv, op):
        """With text."""
        op.done(error="read-only")


class Slow(Store):
    """Takes every put, one second later."""

    def put(self, pv, op):
        """Answers from a thread, so that the server goes on."""
        threading.Timer(1.0, super().put, (pv, op)).start()


class Silent:
    """Never answers."""

    def __init__(self):
        self.kept = []

    def put(self, _pv, op):
        """Keeps the operation: dropping it would answer it."""
        self.kept.append(op)


class Add:
    """Adds."""

    def rpc(self, _pv, op):
        """The arguments come as an NTURI's query."""
        query = op.value().get("query") or {}
        try:
            total = float(query["lhs"]) + float(query["rhs"])
        except (KeyError, TypeError, ValueError):
            op.done(error="RPC needs the numbers lhs and rhs")
        else:
            op.done(NTScalar("d").wrap(total))


def channels():
    """Every channel by name, with its type, its first value and who takes its puts."""
    limited = NTScalar("d", display=True, control=True, valueAlarm=True, form=True)
    table = NTTable([("name", "s"), ("current", "d")])
    rows = [{"name": "Q1", "current": 1.5}, {"name": "Q2", "current": -2.5}]
    first = {
        "value": 10.0,
        "display.units": "A",
        "display.precision": 3,
        "display.limitLow": -60.0,
        "display.limitHigh": 60.0,
        "control.limitLow": -50.0,
        "control.limitHigh": 50.0,
    }
    yield "SET", SharedPV(initial=Value(limited.type, first), nt=limited, handler=Limited(-50.0, 50.0))
    yield "CLAMP", SharedPV(nt=NTScalar("d"), initial=0.0, handler=Clamped(-10.0, 10.0))
    yield "RBV", SharedPV(nt=NTScalar("d"), initial=1.0, handler=Refused())
    yield "SLOW", SharedPV(nt=NTScalar("d"), initial=0.0, handler=Slow())
    yield "SILENT", SharedPV(nt=NTScalar("d"), initial=0.0, handler=Silent())
    yield "MODE", SharedPV(nt=NTEnum(), initial={"index": 1, "choices": ["Off", "Standby", "On"]}, handler=Store())
    yield "TABLE", SharedPV(nt=table, initial=table.wrap(rows), handler=Store())
    image = numpy.arange(12, dtype=numpy.uint16).reshape(3, 4)
    yield "IMAGE", SharedPV(nt=NTNDArray(), initial=image, handler=Refused())
    yield "POINT", SharedPV(initial=Value(POINT, {"x": 1.0, "y": 2.0, "label": "home"}), handler=Untimed())
    yield "RPC", SharedPV(nt=NTScalar("d"), initial=0.0, handler=Add())
    for name, code, initial in (
        ("FLAG", "?", True),
        ("BYTE", "b", -5),
        ("I64", "l", 2**53 + 1),
        ("U64", "L", 2**64 - 1),
        ("NAME", "s", "hello"),
        ("STRINGS", "as", ["one", "two", ""]),
        ("WF", "ad", [0.5, 1.5, 2.5]),
        ("INTS", "ai", [1, -2, 3]),
    ):
        yield name, SharedPV(nt=NTScalar(code), initial=initial, handler=Store())
    for number in range(BULK):
        yield f"BULK{number}", SharedPV(nt=NTScalar("d"), initial=float(number), handler=Store())


def tick(pv):
    """Counts ten times a second."""
    count = 0
    while True:
        time.sleep(0.1)
        count += 1
        pv.post(float(count), timestamp=time.time())


def main(prefix):
    """Serves until the end of standard input."""
    provider = StaticProvider("machine")
    kept = dict(channels())
    kept["TICK"] = SharedPV(nt=NTScalar("d"), initial=0.0, handler=Refused())
    for name, pv in kept.items():
        provider.add(prefix + name, pv)
    with Server(providers=[provider]):
        threading.Thread(target=tick, args=(kept["TICK"],), daemon=True).start()
        lifeline.ready()
        lifeline.hold()


if __name__ == "__main__":
    main(sys.argv[1])
