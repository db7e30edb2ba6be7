"""Reads that fail."""
import tango

ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
for name in ("broken", "nope"):
    try:
        ps.read_attribute(name)
    except tango.DevFailed as e:
        print(len(e.args), e.args[0].reason, e.args[0].desc, e.args[1].reason, e.args[1].desc)
        print(isinstance(e, tango.ConnectionFailed), str(e).splitlines()[0], str(e).splitlines()[2])
try:
    ps.nope
except AttributeError as e:
    print("AttributeError", e)
try:
    ps.nope = 1
except AttributeError as e:
    print(e)
try:
    ps.Reset = 1
except TypeError as e:
    print(e)
print(hasattr(ps, "current"), hasattr(ps, "nope"), "current" in ps, "nope" in ps, getattr(ps, "nope", "default"))
