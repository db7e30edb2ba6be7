"""What prints of values and errors look like."""
import tango

ps = tango.DeviceProxy("tango://127.0.0.1:25450/test/ps/1#dbase=no")
text = str(ps.read_attribute("current"))
print("\n".join(line for line in text.splitlines() if "time" not in line))
print(repr(ps.read_attribute("wf").r_dimension), tango.TimeVal(1.5), repr(tango.TimeVal(1.5)))
error = tango.DevError()
error.reason, error.desc, error.origin = "R", "D", "O"
print(error)
try:
    tango.Except.throw_exception("MyReason", "my text", "here")
except tango.DevFailed as e:
    print(e)
    print(repr(e))
