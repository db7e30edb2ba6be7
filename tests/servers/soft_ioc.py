"""An IOC made with pythonSoftIOC: Base 7 records whose puts run Python, with completion when the Python is done.

Usage: soft_ioc.py PREFIX, with the ports in EPICS_CAS_SERVER_PORT, EPICS_PVAS_SERVER_PORT, EPICS_PVAS_BROADCAST_PORT.
Serves SET (its readback RBV follows), MODE, SHUTTER, COUNT, NAME, LNAME, WF, SLOW (a put completes after 1 s), TICK.
"""

import asyncio
import sys

import lifeline

lifeline.loopback()

from softioc import asyncio_dispatcher, builder, softioc  # noqa: E402


async def one_second(_value):
    """A put that takes its time."""
    await asyncio.sleep(1.0)


async def tick(record):
    """Counts ten times a second."""
    count = 0
    while True:
        count += 1
        record.set(count)
        await asyncio.sleep(0.1)


def main(prefix):
    """Defines the records, starts the IOC."""
    dispatcher = asyncio_dispatcher.AsyncioDispatcher()
    builder.SetDeviceName(prefix.rstrip(":"))
    readback = builder.aIn("RBV", initial_value=10.0, EGU="A", PREC=4)
    builder.aOut(
        "SET",
        initial_value=10.0,
        EGU="A",
        PREC=3,
        DRVL=-50,
        DRVH=50,
        HIHI=45,
        HHSV="MAJOR",
        always_update=True,
        on_update=readback.set,
    )
    builder.mbbOut("MODE", "Off", "Standby", "On", ("Fault", "MAJOR"), initial_value=1)
    builder.boolOut("SHUTTER", ZNAM="Closed", ONAM="Open", initial_value=0)
    builder.longOut("COUNT", initial_value=7, DRVL=0, DRVH=100, EGU="cts")
    builder.stringOut("NAME", initial_value="hello")
    builder.longStringOut("LNAME", initial_value="x" * 80)
    builder.WaveformOut("WF", initial_value=[0.0] * 4096)
    builder.aOut("SLOW", initial_value=0.0, on_update=one_second, blocking=True, always_update=True)
    counter = builder.aIn("TICK", initial_value=0)
    builder.LoadDatabase()
    softioc.iocInit(dispatcher)
    dispatcher(tick, (counter,))
    lifeline.ready()
    lifeline.hold()


if __name__ == "__main__":
    main(sys.argv[1])
