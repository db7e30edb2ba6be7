"""An IOC that tells of every put that arrives in it, made with caproto.

Usage: puts_ioc.py PREFIX FILE, with the port in EPICS_CAS_SERVER_PORT. Serves A, B, C. Each put to one of them is a line of
FILE, `A 1.5`, before it is answered. A put to RESET makes all of them 0 and is no line.
"""

import os
import sys

import lifeline

lifeline.loopback()

from caproto.server import PVGroup, pvproperty, run  # noqa: E402

FILE = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)


class Machine(PVGroup):
    """The records."""

    a = pvproperty(name="A", value=0.0)
    b = pvproperty(name="B", value=0.0)
    c = pvproperty(name="C", value=0.0)
    reset = pvproperty(name="RESET", value=0.0)

    async def _told(self, name, value):
        if not self.resets:
            os.write(FILE, f"{name} {float(value)}\n".encode())
        return value

    resets = False

    @a.putter
    async def a(self, _instance, value):
        """Told."""
        return await self._told("A", value)

    @b.putter
    async def b(self, _instance, value):
        """Told."""
        return await self._told("B", value)

    @c.putter
    async def c(self, _instance, value):
        """Told."""
        return await self._told("C", value)

    @reset.putter
    async def reset(self, _instance, value):
        """All are 0 again."""
        self.resets = True
        for record in (self.a, self.b, self.c):
            await record.write(0.0)
        self.resets = False
        return value


async def started(_library):
    """Called once the sockets are bound."""
    lifeline.ready()


def main(prefix):
    """Serves until the end of standard input."""
    lifeline.watch()
    run(Machine(prefix=prefix).pvdb, interfaces=["127.0.0.1"], log_pv_names=False, startup_hook=started)


if __name__ == "__main__":
    main(sys.argv[1])
