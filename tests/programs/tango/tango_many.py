"""Reads and writes several attributes at once."""
import tango

ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
for r in ps.read_attributes(["current", "broken", "mode", "nope", "text"]):
    if r.has_failed:
        print(r.name, "failed", r.get_err_stack()[0].reason, r.value, r.quality)
    else:
        print(r.name, r.value)
ps.write_attributes([("current", 2.0), ("long", 5)])
print(ps.current, ps.long)
try:
    ps.write_attributes([("current", 1.0), ("voltage", 2.0), ("long", 6)])
except tango.DevFailed as e:
    print(e.args[0].reason, e.args[0].desc)
print(ps.current, ps.long)
print(ps.write_read_attributes([("current", 3.0)], ["voltage"])[0].value)
