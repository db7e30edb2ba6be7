"""A device that refuses what is out of its limits."""
import tango

ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
for value in (300, -51, float("nan")):
    try:
        ps.current = value
    except tango.DevFailed as e:
        print(e.args[0].reason, "|", e.args[0].desc, "|", e.args[0].severity)
        print(e.args[-1].reason, "|", e.args[-1].desc)
try:
    ps.voltage = 1.0
except tango.DevFailed as e:
    print(e.args[0].reason, e.args[0].desc)
print(ps.current)
