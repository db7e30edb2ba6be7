"""Ramps the current and waits until the device is there."""
import time
import tango

ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
if ps.state() != tango.DevState.ON:
    ps.On()
start, target, step = ps.current, 5.5, 1.0
setpoint = start
while setpoint < target:
    setpoint = min(target, setpoint + step)
    ps.current = setpoint
    for _ in range(20):
        if abs(ps.current - setpoint) < 1e-6:
            break
        time.sleep(0.05)
    print(f"{setpoint:.2f} A {ps.voltage:.2f} V")
ps.current = start
print("back at", ps.current)
