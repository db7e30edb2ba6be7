"""Saves settings, changes them, and restores them."""
import json
import tango

ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
NAMES = ["current", "mode", "text", "long", "flag", "float32", "ushort"]
saved = {r.name: r.value for r in ps.read_attributes(NAMES)}
print(json.dumps(saved))
ps.current, ps.mode, ps.text, ps.long, ps.flag = 9.5, "ON", "changed", 77, False
print(json.dumps({name: ps.read_attribute(name).value for name in NAMES}))
for name, value in saved.items():
    ps.write_attribute(name, value)
print({r.name: r.value for r in ps.read_attributes(NAMES)} == saved)
