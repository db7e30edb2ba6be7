"""What modules tell of themselves."""
import logging
import p4p
from p4p.client.thread import Cancelled, Context, Disconnected, RemoteError

print(p4p.version, p4p.version >= "4.0.0", p4p.version < (5, 0), repr(p4p.version))
p4p.set_debug(logging.WARNING)
print(Context.providers(), Context("pva").name)
print(issubclass(RemoteError, RuntimeError), repr(Disconnected()), repr(Cancelled()))
with Context("pva", conf={"EPICS_PVA_ADDR_LIST": "127.0.0.1", "EPICS_PVA_BROADCAST_PORT": "25076"}, useenv=True) as c:
    print(float(c.get("PP:SET", timeout=10)))
