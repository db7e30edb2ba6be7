"""An IOC made with caproto: a second, independent Channel Access server, in pure Python.

Usage: caproto_ioc.py PREFIX, with the port in EPICS_CAS_SERVER_PORT. Serves SET (its readback RBV follows), MODE,
COUNT, NAME, LNAME, WF, SLOW (a put completes after 1 s), TICK, and BULK0..BULK99 whose value is their number.
It refuses a value outside the control limits where Base clamps it, so it proves nothing about Base.
"""

import asyncio
import sys

import lifeline

lifeline.loopback()

from caproto import ChannelDouble, ChannelType  # noqa: E402
from caproto.server import PVGroup, pvproperty, run  # noqa: E402

BULK = 100
LIMITS = {
    "lower_ctrl_limit": -50.0,
    "upper_ctrl_limit": 50.0,
    "lower_disp_limit": -60.0,
    "upper_disp_limit": 60.0,
    "lower_alarm_limit": -45.0,
    "upper_alarm_limit": 45.0,
    "lower_warning_limit": -40.0,
    "upper_warning_limit": 40.0,
}


class Machine(PVGroup):
    """The records."""

    setpoint = pvproperty(name="SET", value=10.0, units="A", precision=3, record="ao", **LIMITS)
    readback = pvproperty(name="RBV", value=10.0, read_only=True, units="A", precision=4)
    mode = pvproperty(
        name="MODE",
        value="Standby",
        enum_strings=["Off", "Standby", "On", "Fault"],
        dtype=ChannelType.ENUM,
        record="mbbi",
    )
    count = pvproperty(name="COUNT", value=7, lower_ctrl_limit=0, upper_ctrl_limit=100, units="cts")
    text = pvproperty(name="NAME", value="hello", dtype=ChannelType.STRING)
    long_text = pvproperty(
        name="LNAME",
        value="x",
        dtype=ChannelType.CHAR,
        max_length=300,
        string_encoding="utf-8",
        report_as_string=True,
    )
    waveform = pvproperty(name="WF", value=[0.0] * 4096, units="mV")
    slow = pvproperty(name="SLOW", value=0.0)
    tick = pvproperty(name="TICK", value=0.0, read_only=True)

    @setpoint.putter
    async def setpoint(self, _instance, value):
        """The readback follows."""
        await self.readback.write(value)
        return value

    @slow.putter
    async def slow(self, _instance, value):
        """A put that takes its time."""
        await asyncio.sleep(1.0)
        return value

    @tick.scan(period=0.1)
    async def tick(self, instance, _library):
        """Counts ten times a second."""
        await instance.write(instance.value + 1)


async def started(_library):
    """Called once the sockets are bound."""
    lifeline.ready()


def main(prefix):
    """Serves until the end of standard input."""
    records = dict(Machine(prefix=prefix).pvdb)
    for number in range(BULK):
        records[f"{prefix}BULK{number}"] = ChannelDouble(value=float(number))
    lifeline.watch()
    run(records, interfaces=["127.0.0.1"], log_pv_names=False, startup_hook=started)


if __name__ == "__main__":
    main(sys.argv[1])
