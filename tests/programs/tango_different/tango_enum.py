"""An enum attribute."""
import tango

ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
print(repr(ps.mode), ps.mode, ps.mode.name, ps.mode == 1, int(ps.mode))
ps.mode = "ON"
print(ps.mode.name, ps.read_attribute("mode").value)
ps.mode = 0
print(ps.mode.name)
ps.mode = type(ps.mode).STANDBY
print(ps.mode.name, [m.name for m in type(ps.mode)])
try:
    ps.mode = "NONSENSE"
except AttributeError as e:
    print(e)
try:
    ps.write_attribute("mode", 7)
except tango.DevFailed as e:
    print(e.args[0].reason)
print(list(ps.get_attribute_config("mode").enum_labels))
