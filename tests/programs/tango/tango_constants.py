"""PyTango's constants."""
import tango
from tango import AttrDataFormat, AttrWriteType, CmdArgType, DevState, EventType

print(DevState.ON, repr(DevState.ON), int(DevState.MOVING), DevState.names["FAULT"], str(DevState.OFF), f"{DevState.ON!s:>5}")
print(tango.DevDouble, tango.DevString == CmdArgType.DevString, AttrWriteType.READ_WRITE, AttrDataFormat.SPECTRUM)
print(EventType.CHANGE_EVENT, int(EventType.ATTR_CONF_EVENT), tango.AttrQuality.values[2], [s.name for s in DevState])
print(tango.is_scalar_type(tango.DevDouble), tango.is_int_type(tango.DevLong), tango.utils.is_str_type(tango.DevString))
print(tango.is_float_type(tango.DevVarDoubleArray, inc_array=True), tango.is_array_type(tango.DevVarLongArray))
print(tango.SPECTRUM, tango.READ_WRITE, tango.__version__, tango.Release.version_info, tango.GreenMode.Synchronous)
print({DevState.ON: "green", DevState.FAULT: "red"}[DevState.FAULT], DevState.ON in (DevState.ON, DevState.OFF))
print(isinstance(tango.DevFailed(), Exception), issubclass(tango.ConnectionFailed, tango.DevFailed))
