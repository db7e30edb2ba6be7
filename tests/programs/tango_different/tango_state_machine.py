"""A command that the state does not allow."""
import tango
from tango import DevState

ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
ps.Fail(True)
print(ps.state(), ps.state() == DevState.FAULT, ps.State().name)
for what in (lambda: ps.Reset(), lambda: setattr(ps, "current", 1.0)):
    try:
        what()
    except tango.DevFailed as e:
        print(e.args[0].reason, e.args[0].desc)
ps.Fail(False)
ps.Reset()
print(ps.state(), ps.current)
