"""The old name of the module."""
import PyTango
import tango

print(PyTango.DeviceProxy is tango.DeviceProxy, PyTango.DevState.ON, PyTango.__version__)
ps = PyTango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
print(ps.state() == PyTango.DevState.ON, ps.current)
try:
    ps.current = 1000
except PyTango.DevFailed as e:
    print(e.args[0].reason)
