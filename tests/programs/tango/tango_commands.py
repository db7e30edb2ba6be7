"""Commands with and without arguments."""
import numpy as np
import tango

ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
print(ps.Ramp(3.5), ps.command_inout("Ramp", 4), ps.current)
print(ps.Reset(), ps.current)
print(ps.Echo("hi"), ps.Not(True), ps.Twice(21), ps.Next(2**53 + 1), ps.EchoUShort(7))
print(ps.Sum([1, 2, 3]), ps.Sum(np.arange(3.0)), ps.Reverse([1, 2, 3]), repr(ps.Reverse([1, 2])), ps.Sort(["b", "a"]))
print(ps.Where(), repr(ps.Where()), ps.State(), ps.Status())
ps.Off()
print(ps.state())
ps.command_inout("On")
print(ps.state() == tango.DevState.ON)
