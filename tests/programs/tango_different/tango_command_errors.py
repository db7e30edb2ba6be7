"""Commands that fail."""
import tango

ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
for name, argument in (("Ramp", "x"), ("Ramp", None), ("Reset", 5), ("Twice", 2.5), ("EchoUShort", 70000), ("Echo", 5), ("Nope", None), ("Sum", 5)):
    try:
        print(name, ps.command_inout(name, argument))
    except tango.DevFailed as e:
        print(name, e.args[0].reason, "|", e.args[0].desc, "|", e.args[-1].desc)
    except Exception as e:
        print(name, type(e).__name__, e)
try:
    ps.Refuse()
except tango.DevFailed as e:
    print(e.args[0].reason, e.args[0].desc, e.args[-1].reason, e.args[-1].desc)
