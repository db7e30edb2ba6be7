"""An attribute's configuration."""
import tango

ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
for name in ("current", "voltage", "mode", "wf", "matrix", "text", "long"):
    c = ps.get_attribute_config(name)
    print(c.name, c.label, c.unit, c.format, c.min_value, c.max_value, c.alarms.max_alarm, c.alarms.min_warning)
    print(c.writable, c.data_format, c.data_type == tango.DevDouble, c.data_type, c.max_dim_x, c.max_dim_y, c.description)
q = ps.attribute_query("current")
print(float(q.min_value), q.writable == tango.AttrWriteType.READ_WRITE, repr(q.writable))
i = ps.command_query("Ramp")
print(i.cmd_name, i.in_type, i.out_type, ps.get_command_config("Reset").in_type)
try:
    ps.get_attribute_config("nope")
except tango.DevFailed as e:
    print(e.args[0].reason)
print(ps.get_attribute_config("voltage"))
