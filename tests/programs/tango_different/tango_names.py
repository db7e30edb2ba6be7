"""Names of devices that are wrong or not there."""
import tango

for name in ("x y/z/w/q", "a/b"):
    try:
        tango.DeviceProxy(name)
    except tango.DevFailed as e:
        print(type(e).__name__, e.args[0].reason, e.args[0].desc)
try:
    tango.DeviceProxy("tango://127.0.0.1:25450/no/such/dev#dbase=no")
except tango.ConnectionFailed as e:
    print(e.args[-1].reason, e.args[-1].desc)
gone = tango.DeviceProxy("tango://127.0.0.1:1/a/b/c#dbase=no")
print(gone.dev_name())
try:
    gone.read_attribute("x")
except tango.DevFailed as e:
    print(e.args[-1].reason, e.args[-1].desc.splitlines()[0])
try:
    gone.x
except AttributeError as e:
    print("AttributeError", e)
