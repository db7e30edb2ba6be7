"""What is not offered says so."""
import tango

ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
for what in ("tango.server", "tango.asyncio", "tango.gevent", "tango.futures", "tango.test_context", "tango.databaseds"):
    try:
        __import__(what)
        print(what, "imported")
    except ImportError as e:
        print(e)
for what in (
    lambda: tango.Database(), lambda: tango.Group("g"), lambda: ps.get_property("x"), lambda: ps.read_attribute_asynch("current"),
    lambda: ps.poll_attribute("current", 1000), lambda: ps.EchoDoubleString(([1.5], ["a"])), lambda: tango.DeviceProxy("alias"),
    lambda: ps.black_box(1), lambda: ps.write_attribute("nope", 1), lambda: tango.DeviceProxy(ps, green_mode=tango.GreenMode.Asyncio),
):
    try:
        what()
        print("done")
    except tango.DevFailed as e:
        print(type(e).__name__, e.args[0].reason, e.args[0].desc)
    except Exception as e:
        print(type(e).__name__, e)
