"""What every server here shares: loopback only, one READY line, and an end when its caller goes.

A server's standard input is a pipe held open by the test run. When the run ends, however it ends, the pipe closes and
the server leaves: no run leaves an orphan behind.
"""

import json
import os
import threading

# Libraries greet on standard output; from here on that is standard error, and the READY line has its own way out.
_READY = os.dup(1)
os.dup2(2, 1)

_LOOPBACK = {
    "EPICS_CAS_INTF_ADDR_LIST": "127.0.0.1",
    "EPICS_CAS_BEACON_ADDR_LIST": "127.0.0.1",
    "EPICS_CAS_AUTO_BEACON_ADDR_LIST": "NO",
    "EPICS_CA_ADDR_LIST": "127.0.0.1",
    "EPICS_CA_AUTO_ADDR_LIST": "NO",
    "EPICS_CA_MAX_ARRAY_BYTES": "16000000",
    # The PVA library (pvxs) binds its UDP search port to 0.0.0.0 whatever is asked for here; TCP stays on loopback.
    # Only a network namespace of its own closes that.
    "EPICS_PVAS_INTF_ADDR_LIST": "127.0.0.1",
    "EPICS_PVAS_BEACON_ADDR_LIST": "127.0.0.1",
    "EPICS_PVAS_AUTO_BEACON_ADDR_LIST": "NO",
    "EPICS_PVA_ADDR_LIST": "127.0.0.1",
    "EPICS_PVA_AUTO_ADDR_LIST": "NO",
}


def loopback():
    """Keeps EPICS on 127.0.0.1. Ports come from the caller's environment. Call before importing an EPICS library."""
    for name, value in _LOOPBACK.items():
        os.environ.setdefault(name, value)


def ready(**facts):
    """Prints the READY line, with what the server chose itself."""
    line = "READY" + (f" {json.dumps(facts)}" if facts else "")
    os.write(_READY, f"{line}\n".encode())
    os.close(_READY)


def hold():
    """Waits for the end of standard input, then ends the process at once."""
    while os.read(0, 4096):
        pass
    os._exit(0)


def watch():
    """Does as `hold`, in a thread, for servers whose library needs the main thread."""
    threading.Thread(target=hold, daemon=True).start()
