"""What a device has."""
import tango

ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
for name in ps.get_attribute_list():
    if name in ("broken", "slow"):
        continue
    print(name, ps.read_attribute(name).value)
print(list(ps.get_command_list()))
print([a.name for a in ps.attribute_list_query()][:3], ps.command_list_query()[0].cmd_name)
print("Ramp" in dir(ps), "current" in dir(ps), ps.info().dev_class)
