"""Alarm and warning qualities."""
import tango
from tango import AttrQuality

ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
for value in (10, 42, 47, -46, 0):
    ps.current = value
    r = ps.read_attribute("current")
    print(value, r.quality, r.quality == AttrQuality.ATTR_VALID, r.quality.name, int(r.quality))
