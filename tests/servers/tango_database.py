"""A Tango database (PyDatabaseds on SQLite), with one device server's devices registered before it says READY.

Usage: tango_database.py PORT SERVER CLASS DEVICE..., with the SQLite file in PYTANGO_DATABASE_NAME,
e.g. tango_database.py 20000 tango_device/test PowerSupply test/ps/1
"""

import os
import sys
import threading
import time

import lifeline

import tango
from databaseds.database import main as database_main


def register(port, server, kind, devices):
    """Waits for the database to answer, adds the devices, and says READY. Adding one again changes nothing."""
    deadline = time.monotonic() + 60
    while True:
        try:
            database = tango.Database("127.0.0.1", port)
            database.get_info()
            break
        except tango.DevFailed:
            if time.monotonic() > deadline:
                os._exit(1)
            time.sleep(0.05)
    for name in devices:
        info = tango.DbDevInfo()
        info.name, info._class, info.server = name, kind, server
        database.add_device(info)
    lifeline.ready()


def main(port, server, kind, *devices):
    """Serves until the end of standard input."""
    lifeline.watch()
    threading.Thread(target=register, args=(int(port), server, kind, devices), daemon=True).start()
    database_main(["--host", "127.0.0.1", "--port", port, "2"])


if __name__ == "__main__":
    main(*sys.argv[1:])
