"""Adds a level to an error, as scripts with helpers do."""
import tango


def read(device, name):
    try:
        return device.read_attribute(name).value
    except tango.DevFailed as e:
        tango.Except.re_throw_exception(e, "Script_Failed", f"cannot read {name}", "read()")


ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
try:
    read(ps, "broken")
except tango.DevFailed as e:
    print(e.args[0].reason, [(level.reason, level.desc) for level in e.args if level.reason == "Script_Failed"])
with tango.EnsureOmniThread():
    print(read(ps, "current"))
