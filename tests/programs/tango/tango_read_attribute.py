"""Everything that one read brings."""
import tango

ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
for name in ("current", "voltage", "mode", "text", "texts", "flag", "flags", "wf", "longs", "matrix", "State", "Status", "i64"):
    r = ps.read_attribute(name)
    print(r.name, r.value, r.quality, r.type, r.data_format, r.dim_x, r.dim_y, r.has_failed, r.is_empty, r.nb_read, r.w_dim_x)
