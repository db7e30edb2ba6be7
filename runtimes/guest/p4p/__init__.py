"""p4p inside the sandbox: the parts of p4p 4.3.0 that a client program uses, with every operation judged by the host's gate.

``p4p.client.thread`` is offered, with the types of ``p4p.nt`` and ``p4p.Value``. Servers, RPC and the other clients are not.
"""

import logging

from p4p.version import version
from p4p.wrapper import Type, Value

__all__ = ("Value", "Type", "version", "pvxsVersion", "listRefs")

logLevelAll, logLevelTrace, logLevelDebug, logLevelInfo = 0, 1, 2, 3
logLevelWarn, logLevelError, logLevelFatal, logLevelOff = 4, 5, 6, 7

_LEVELS = {
    logging.DEBUG: logLevelDebug,
    logging.INFO: logLevelInfo,
    logging.WARNING: logLevelWarn,
    logging.ERROR: logLevelError,
    logging.CRITICAL: logLevelFatal,
}


def set_debug(lvl):
    """Checks the level as p4p does. There is no protocol library here whose messages it could show."""
    lvl = _LEVELS.get(lvl, lvl)
    assert lvl in range(8), lvl


def listRefs():
    """p4p counts its library's objects; here there are none."""
    return {}


def pvxsVersion():
    return "none: the host speaks to the control system"


def pvdVersion():
    return (8, 0, 0, 0)


def pvaVersion():
    return (7, 0, 0, 0)


def cleanup():
    """p4p closes its contexts at exit; here the host ends subscriptions with the program."""
