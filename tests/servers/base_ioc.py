"""EPICS Base 7 IOC, the reference server: Channel Access (rsrv) and PV Access (QSRV2) in one process.

Usage: base_ioc.py PREFIX, with the ports in EPICS_CAS_SERVER_PORT, EPICS_PVAS_SERVER_PORT, EPICS_PVAS_BROADCAST_PORT.
Serves the records of machine.db, and BULK0..BULK999 whose value is their number, under the rules of security.acf.
"""

import ctypes
import os
import sys

import lifeline

lifeline.loopback()

import pvxslibs.path  # noqa: E402
from epicscorelibs import ioc  # noqa: E402
from setuptools_dso import find_dso  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
BULK = 1000


def must(status, step):
    """Base's functions answer nonzero when they fail, and say why on standard error."""
    if status:
        sys.exit(f"base_ioc: {step} failed")


def load(file, **macros):
    """Loads records from a file beside this one."""
    text = ",".join(f"{name}={value}" for name, value in macros.items())
    must(ioc.dbLoadRecords(os.path.join(HERE, file).encode(), text.encode()), f"{file} with {text}")


def main(prefix):
    """Builds the IOC in the order Base asks for: definitions, drivers, records, then the start."""
    ioc.iocshRegisterCommon()
    ctypes.CDLL(find_dso("pvxslibs.lib.pvxsIoc"), ctypes.RTLD_GLOBAL)
    for definitions, folder in (("base.dbd", ioc.DEFAULT_DBD_PATH), ("pvxsIoc.dbd", pvxslibs.path.dbd_path)):
        must(ioc.dbLoadDatabase(definitions.encode(), folder.encode(), None), definitions)
    must(ioc.registerRecordDeviceDriver(ioc.pdbbase), "the drivers")
    ioc.ioc(f'asSetFilename("{os.path.join(HERE, "security.acf")}")')
    ioc.ioc(f'asSetSubstitutions("P={prefix}")')
    load("machine.db", P=prefix)
    for number in range(BULK):
        load("bulk.db", P=prefix, N=number)
    must(ioc.iocInit(), "iocInit")
    lifeline.ready()
    lifeline.hold()


if __name__ == "__main__":
    main(sys.argv[1])
