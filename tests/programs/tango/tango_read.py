"""Reads a few attributes the short way."""
import tango

TRL = "tango://127.0.0.1:25450/test/ps/1#dbase=no"
ps = tango.DeviceProxy(TRL)
print(ps)
print(ps.name(), ps.state(), ps.status())
print("current", ps.current, "voltage", ps.voltage)
print(type(ps.current).__name__, ps.long, ps.i64, ps.ushort, ps.float32, ps.flag, ps.text)
