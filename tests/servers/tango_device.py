"""A Tango device server of class PowerSupply: limits, alarms, a state machine, events, faults, and many types.

Without a database: tango_device.py test -nodb -dlist test/ps/1 -ORBendPoint giop:tcp:127.0.0.1:PORT
With one, found by TANGO_HOST: tango_device.py test -ORBendPoint giop:tcp:127.0.0.1:PORT

Tango itself refuses a write outside min_value..max_value (`current`); the attribute `clamped` instead stores at most 10
and says it succeeded.
"""

import enum
import time

import lifeline

from tango import AttReqType, AttrWriteType, DevState, Except
from tango.server import Device, attribute, command, run

READ_WRITE = AttrWriteType.READ_WRITE


class Mode(enum.IntEnum):
    """What the supply is set to."""

    OFF = 0
    STANDBY = 1
    ON = 2


def held(name, **how):
    """An attribute that reads back what was written, kept in `self.values`."""

    def read(self):
        return self.values[name]

    def write(self, value):
        self.values[name] = value

    return attribute(name=name, fget=read, fset=write, access=READ_WRITE, **how)


class PowerSupply(Device):
    """The device."""

    def init_device(self):
        """Everything as after power-on."""
        super().init_device()
        self.values = {
            "mode": Mode.STANDBY,
            "text": "hello",
            "texts": ["one", "two"],
            "flag": True,
            "flags": [True, False],
            "long": -42,
            "i64": 2**53 + 1,
            "ushort": 7,
            "float32": 0.5,
            "wf": [0.0] * 8,
            "longs": [1, -2, 3],
            "matrix": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],
        }
        self.amperes = 1.5
        self.below_ten = 0.0
        self.slowly = 0.0
        self.set_state(DevState.ON)
        self.set_status("ok")
        self.set_change_event("current", True, False)

    mode = held("mode", dtype=Mode)
    text = held("text", dtype=str)
    texts = held("texts", dtype=(str,), max_dim_x=16)
    flag = held("flag", dtype=bool)
    flags = held("flags", dtype=(bool,), max_dim_x=16)
    long = held("long", dtype="DevLong", min_value=-1000, max_value=1000)
    i64 = held("i64", dtype="DevLong64")
    ushort = held("ushort", dtype="DevUShort")
    float32 = held("float32", dtype="DevFloat")
    wf = held("wf", dtype=(float,), max_dim_x=4096, unit="mV")
    longs = held("longs", dtype=("DevLong",), max_dim_x=64)
    matrix = held("matrix", dtype=((float,),), max_dim_x=16, max_dim_y=16)

    @attribute(
        dtype=float,
        access=READ_WRITE,
        unit="A",
        label="Current",
        format="%6.3f",
        min_value=-50,
        max_value=50,
        min_alarm=-45,
        max_alarm=45,
        min_warning=-40,
        max_warning=40,
        abs_change=0.01,
    )
    def current(self):
        """The setpoint: refused outside its limits and in FAULT, with an event for every change."""
        return self.amperes

    @current.write
    def current(self, value):
        """Tango has checked the limits."""
        self.amperes = value
        self.push_change_event("current", value)

    def is_current_allowed(self, request):
        """In FAULT it can be read only."""
        return request == AttReqType.READ_REQ or self.get_state() != DevState.FAULT

    @attribute(dtype=float, unit="V")
    def voltage(self):
        """Read only: follows the current."""
        return self.amperes * 2.0

    @attribute(dtype=float, access=READ_WRITE)
    def clamped(self):
        """What the device made of the last write."""
        return self.below_ten

    @clamped.write
    def clamped(self, value):
        """At most 10, in silence."""
        self.below_ten = min(value, 10.0)

    @attribute(dtype=float, access=READ_WRITE)
    def slow_write(self):
        """Reads at once."""
        return self.slowly

    @slow_write.write
    def slow_write(self, value):
        """Takes 1.5 s."""
        time.sleep(1.5)
        self.slowly = value

    @attribute(dtype=float)
    def slow(self):
        """Takes 1.5 s to read."""
        time.sleep(1.5)
        return 1.0

    @attribute(dtype=float)
    def broken(self):
        """Never reads."""
        Except.throw_exception("HW_Fault", "no hardware", "PowerSupply.broken")

    @command
    def Reset(self):
        """Sets the current to 0; not allowed in FAULT."""
        self.amperes = 0.0

    def is_Reset_allowed(self):
        """The state machine."""
        return self.get_state() != DevState.FAULT

    @command
    def On(self):
        """To the state ON."""
        self.set_state(DevState.ON)

    @command
    def Off(self):
        """To the state OFF."""
        self.set_state(DevState.OFF)

    @command(dtype_in=bool)
    def Fail(self, on):
        """To the state FAULT, or back to ON."""
        self.set_state(DevState.FAULT if on else DevState.ON)

    @command(dtype_in=float, dtype_out=float)
    def Ramp(self, target):
        """Sets the current, past the attribute's limits: commands have none."""
        self.amperes = target
        return self.amperes

    @command(dtype_out=float)
    def Wait(self):
        """Takes 1.5 s."""
        time.sleep(1.5)
        return 1.5

    @command
    def Refuse(self):
        """Fails with a reason of its own."""
        Except.throw_exception("HW_Fault", "no hardware", "PowerSupply.Refuse")

    @command(dtype_in=str, dtype_out=str)
    def Echo(self, value):
        """Text."""
        return value

    @command(dtype_in=bool, dtype_out=bool)
    def Not(self, value):
        """Boolean."""
        return not value

    @command(dtype_in="DevLong", dtype_out="DevLong")
    def Twice(self, value):
        """32-bit whole number."""
        return 2 * value

    @command(dtype_in="DevLong64", dtype_out="DevLong64")
    def Next(self, value):
        """64-bit whole number."""
        return value + 1

    @command(dtype_in="DevUShort", dtype_out="DevUShort")
    def EchoUShort(self, value):
        """16-bit whole number without sign."""
        return value

    @command(dtype_in=("DevDouble",), dtype_out=("DevDouble",))
    def Sum(self, values):
        """Array of doubles: their sum and how many they are."""
        return [sum(values), float(len(values))]

    @command(dtype_in=("DevLong",), dtype_out=("DevLong",))
    def Reverse(self, values):
        """Array of 32-bit whole numbers."""
        return list(values)[::-1]

    @command(dtype_in=(str,), dtype_out=(str,))
    def Sort(self, values):
        """Array of texts."""
        return sorted(values)

    @command(dtype_in="DevVarDoubleStringArray", dtype_out="DevVarDoubleStringArray")
    def EchoDoubleString(self, value):
        """Doubles and texts together."""
        return value

    @command(dtype_in="DevVarLongStringArray", dtype_out="DevVarLongStringArray")
    def EchoLongString(self, value):
        """Whole numbers and texts together."""
        return value

    @command(dtype_out="DevState")
    def Where(self):
        """A state."""
        return self.get_state()


if __name__ == "__main__":
    lifeline.watch()
    run((PowerSupply,), post_init_callback=lifeline.ready)
