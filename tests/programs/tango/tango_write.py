"""Writes attributes in all the ways there are."""
import tango

ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
ps.current = 3
print(ps.current, ps.read_attribute("current").w_value)
ps.Current = 4.25
print(ps.CURRENT)
ps.write_attribute("current", 5.5)
print(ps["current"].value)
ps["current"] = 6.5
print(ps.current)
print(ps.write_read_attribute("current", 7.5).value)
print(ps.write_attribute("text", "new text"), ps.text)
ps.flag = False
ps.long = -7
ps.i64 = 2**53 + 3
print(ps.flag, ps.long, ps.i64)
