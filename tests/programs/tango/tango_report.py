"""A table of a device's health."""
import tango

DEVICES = ["tango://127.0.0.1:25450/test/ps/1#dbase=no"]
for trl in DEVICES:
    try:
        dev = tango.DeviceProxy(trl)
        state = dev.state()
        rows = dev.read_attributes(["current", "voltage", "clamped"])
    except tango.DevFailed as e:
        print(trl, "unavailable:", e.args[0].reason)
        continue
    print(dev.dev_name(), state)
    for r in rows:
        print(f"  {r.name:<10}{r.value:10.3f}  {r.quality}")
