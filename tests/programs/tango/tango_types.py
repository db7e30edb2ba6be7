"""Values of the wrong type."""
import tango

ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
for name, value in (
    ("current", "abc"), ("current", None), ("current", [1]), ("long", 3.7), ("long", "x"), ("ushort", -1), ("ushort", 70000),
    ("text", 5), ("flag", "x"), ("mode", "OFF"), ("wf", 5.0), ("matrix", [1, 2]), ("i64", 2**70), ("longs", [1.5]),
):
    try:
        ps.write_attribute(name, value)
        print(name, repr(value), "written")
    except tango.DevFailed as e:
        print(name, repr(value), e.args[0].reason, e.args[0].desc)
    except Exception as e:
        print(name, repr(value), type(e).__name__, e)
