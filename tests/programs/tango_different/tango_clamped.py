"""A device that stores something else than what was written."""
import tango

ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
ps.clamped = 5
print(ps.clamped)
try:
    ps.clamped = 200
    print("no error")
except tango.DevFailed as e:
    print(e.args[0].reason, e.args[0].desc)
print(ps.clamped)
