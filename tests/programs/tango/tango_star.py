"""Everything imported by name."""
from tango import *  # noqa: F403

ps = DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
print(ps.state() == DevState.ON, AttrQuality.ATTR_ALARM, DevLong, EventType.CHANGE_EVENT)
try:
    ps.read_attribute("broken")
except DevFailed as e:
    print(e.args[0].desc)
