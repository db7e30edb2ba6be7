"""The interface is frozen unless a program says otherwise."""
import warnings
import tango

warnings.simplefilter("ignore")
ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
print(ps.is_dynamic_interface_frozen(), ps.get_green_mode(), ps.get_source(), ps.is_dbase_used())
ps.unfreeze_dynamic_interface()
ps.note = "mine"
print(ps.note, ps.is_dynamic_interface_frozen())
ps.freeze_dynamic_interface()
ps.set_source(tango.DevSource.DEV)
print(ps.get_source(), ps.get_dev_host(), ps.get_dev_port())
f = ps.Echo
print(f("again"), callable(ps.Reset))
