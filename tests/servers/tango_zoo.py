"""A Tango device server of class Zoo: every type, every quality, and devices that behave badly.

Without a database: tango_zoo.py test -nodb -dlist test/zoo/1 -ORBendPoint giop:tcp:127.0.0.1:PORT
With ZOO_TYPES=other the attribute `shape_shifter` is a text and not a number.
"""

import enum
import os
import time

import lifeline

from tango import AttrQuality, AttrWriteType, CmdArgType, DevState, Except
from tango.server import Device, attribute, command, run

READ_WRITE = AttrWriteType.READ_WRITE
OTHER = os.environ.get("ZOO_TYPES") == "other"


class Colour(enum.IntEnum):
    """An enumeration."""

    RED = 0
    GREEN = 1
    BLUE = 2


SCALARS = {
    "a_bool": ("DevBoolean", True),
    "a_u8": ("DevUChar", 255),
    "a_i16": ("DevShort", -32768),
    "a_u16": ("DevUShort", 65535),
    "a_i32": ("DevLong", -(2**31)),
    "a_u32": ("DevULong", 2**32 - 1),
    "a_i64": ("DevLong64", -(2**63)),
    "a_u64": ("DevULong64", 2**64 - 1),
    "a_f32": ("DevFloat", 0.5),
    "a_f64": ("DevDouble", -0.1),
    "a_text": ("DevString", "grün"),
}


def held(name, **how):
    """An attribute that reads back what was written, kept in `self.values`."""

    def read(self):
        return self.values[name]

    def write(self, value):
        self.values[name] = value
        self.writes += 1

    return attribute(name=name, fget=read, fset=write, access=READ_WRITE, **how)


class Zoo(Device):
    """The device."""

    def init_device(self):
        """Everything as after power-on."""
        super().init_device()
        self.writes = 0
        self.commands = 0
        self.sleeps = 0
        self.values = {name: value for name, (_, value) in SCALARS.items()}
        for name, (_, value) in SCALARS.items():
            self.values[f"{name}s"] = [value, value]
        self.values.update(
            colour=Colour.GREEN,
            colours=[Colour.RED, Colour.BLUE],
            a_state=DevState.MOVING,
            bytes_image=[[1, 2, 3], [4, 5, 6]],
            bool_image=[[True, False, True]],
            text_image=[["a", "b"], ["c", "d"]],
            empty=[],
            MixedCase=1.0,
            shape_shifter="text" if OTHER else 1.5,
            polled=0.0,
            only_written=0.0,
        )
        self.quality = AttrQuality.ATTR_VALID
        self.set_state(DevState.STANDBY)
        self.set_change_event("pushed", True, False)
        self.level = 0

    for _name, (_type, _value) in SCALARS.items():
        locals()[_name] = held(_name, dtype=_type)
        locals()[f"{_name}s"] = held(f"{_name}s", dtype=(_type,), max_dim_x=1000000)
    colour = held("colour", dtype=Colour)
    colours = held("colours", dtype=(Colour,), max_dim_x=4)
    a_state = held("a_state", dtype="DevState")
    bytes_image = held("bytes_image", dtype=(("DevUChar",),), max_dim_x=64, max_dim_y=32)
    bool_image = held("bool_image", dtype=((bool,),), max_dim_x=8, max_dim_y=8)
    text_image = held("text_image", dtype=((str,),), max_dim_x=8, max_dim_y=8)
    empty = held("empty", dtype=(float,), max_dim_x=8)
    MixedCase = held("MixedCase", dtype=float, doc="A doc.", label="A label", format="%d")
    shape_shifter = held("shape_shifter", dtype=str if OTHER else float)
    polled = held("polled", dtype=float, polling_period=60000)

    @attribute(dtype=float, access=AttrWriteType.WRITE)
    def only_written(self):
        """Written, not read."""

    @only_written.write
    def only_written(self, value):
        """Kept."""
        self.values["only_written"] = value

    @attribute(dtype=float)
    def qualified(self):
        """With the quality that was set."""
        return 4.25, 1700000000.125, self.quality

    @attribute(dtype=((float,),), max_dim_x=8, max_dim_y=4)
    def read_image(self):
        """Two rows of three."""
        return [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]

    @attribute(dtype=(float,), max_dim_x=8)
    def read_empty(self):
        """No elements."""
        return []

    @attribute(dtype="DevEncoded")
    def encoded(self):
        """Encoded."""
        return "raw", b"\x00\x01\xff"

    @attribute(dtype=float)
    def pushed(self):
        """Pushed by `Push`."""
        return float(self.level)

    @attribute(dtype=float)
    def ticking(self):
        """Another value at every read, with no events."""
        self.level += 1
        return float(self.level)

    @attribute(dtype=float)
    def slow_5(self):
        """Takes 5 s to read."""
        time.sleep(5)
        return 5.0

    @attribute(dtype=float, access=READ_WRITE)
    def slow_3(self):
        """Takes 3 s to write."""
        return self.values.get("slow_3", 0.0)

    @slow_3.write
    def slow_3(self, value):
        """Takes 3 s."""
        time.sleep(3)
        self.values["slow_3"] = value
        self.writes += 1

    @attribute(dtype=int)
    def write_count(self):
        """How many writes have arrived."""
        return self.writes

    @attribute(dtype=int)
    def sleep_count(self):
        """How often `Sleep` has run."""
        return self.sleeps

    @command(dtype_out=int, polling_period=60000)
    def Counted(self):
        """Polled by Tango: an answer from the cache is no call."""
        self.commands += 1
        return self.commands

    @command
    def Nested(self):
        """As if another device had not answered this one."""
        Except.throw_exception("API_DeviceTimedOut", "Timeout (3000 mS) exceeded on device other/zoo/1", "Zoo.Nested")

    @command(dtype_in=int)
    def Push(self, value):
        """Pushes an event."""
        self.level = value
        self.push_change_event("pushed", float(value))

    @command(dtype_in=int)
    def PushMany(self, count):
        """Pushes many events as fast as it can."""
        for value in range(count):
            self.level = value
            self.push_change_event("pushed", float(value))

    @command(dtype_in=int)
    def SetQuality(self, number):
        """The quality of `qualified`, by number."""
        self.quality = AttrQuality.values[number]

    @command(dtype_in=float)
    def Sleep(self, seconds):
        """Takes that long."""
        time.sleep(seconds)
        self.sleeps += 1


def echo(kind):
    """A command that gives back what it gets."""

    def body(self, value):
        return value

    return body


for _kind in (
    "DevBoolean DevShort DevUShort DevLong DevULong DevLong64 DevULong64 DevFloat DevDouble DevString "
    "DevVarBooleanArray DevVarCharArray DevVarShortArray DevVarUShortArray DevVarLongArray DevVarULongArray "
    "DevVarLong64Array DevVarULong64Array DevVarFloatArray DevVarDoubleArray DevVarStringArray "
    "DevVarLongStringArray DevVarDoubleStringArray DevState"
).split():
    _body = echo(_kind)
    _body.__name__ = f"Echo{_kind}"
    setattr(Zoo, _body.__name__, command(_body, dtype_in=getattr(CmdArgType, _kind), dtype_out=getattr(CmdArgType, _kind)))

# The class made its commands and attributes before these were added to it.
Zoo = type("Zoo", (Zoo,), {name: getattr(Zoo, name) for name in dir(Zoo) if name.startswith("EchoDev")})


if __name__ == "__main__":
    lifeline.watch()
    run((Zoo,), post_init_callback=lifeline.ready)
