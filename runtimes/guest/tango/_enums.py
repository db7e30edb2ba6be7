"""The constants of PyTango, with its names and numbers."""

import enum


class _Constant(enum.IntEnum):
    """A whole number that prints as its name."""

    def __str__(self):
        return self.name


def _constants(name, **members):
    """An enumeration with PyTango's ``names`` and ``values`` beside its members."""
    made = _Constant(name, members, module="tango")
    type.__setattr__(made, "names", {each.name: each for each in made})
    type.__setattr__(made, "values", {each: each for each in made})
    return made


def _numbered(name, *members):
    return _constants(name, **{member: number for number, member in enumerate(members)})


DevState = _numbered(
    "DevState", "ON", "OFF", "CLOSE", "OPEN", "INSERT", "EXTRACT", "MOVING", "STANDBY", "FAULT", "INIT", "RUNNING", "ALARM",
    "DISABLE", "UNKNOWN",
)  # fmt: skip
AttrQuality = _numbered("AttrQuality", "ATTR_VALID", "ATTR_INVALID", "ATTR_ALARM", "ATTR_CHANGING", "ATTR_WARNING")
AttrWriteType = _numbered("AttrWriteType", "READ", "READ_WITH_WRITE", "WRITE", "READ_WRITE", "WT_UNKNOWN")
AttrDataFormat = _numbered("AttrDataFormat", "SCALAR", "SPECTRUM", "IMAGE", "FMT_UNKNOWN")
DispLevel = _numbered("DispLevel", "OPERATOR", "EXPERT", "DL_UNKNOWN")
ErrSeverity = _numbered("ErrSeverity", "WARN", "ERR", "PANIC")
GreenMode = _numbered("GreenMode", "Synchronous", "Futures", "Gevent", "Asyncio")
DevSource = _numbered("DevSource", "DEV", "CACHE", "CACHE_DEV")
AttReqType = _numbered("AttReqType", "READ_REQ", "WRITE_REQ")
AttrMemorizedType = _numbered("AttrMemorizedType", "NOT_KNOWN", "NONE", "MEMORIZED", "MEMORIZED_WRITE_INIT")
EventReason = _numbered("EventReason", "Unknown", "SubFail", "SubSuccess", "Update")
AccessControlType = _numbered("AccessControlType", "ACCESS_READ", "ACCESS_WRITE")
ExtractAs = _constants("ExtractAs", Numpy=0, ByteArray=1, Bytes=2, Tuple=3, List=4, String=5, Nothing=7)
EventSubMode = _constants("EventSubMode", Sync=1, SyncRead=2, Async=3, AsyncRead=4, Stateless=5)
EventType = _constants(
    "EventType", CHANGE_EVENT=0, PERIODIC_EVENT=2, ARCHIVE_EVENT=3, USER_EVENT=4, ATTR_CONF_EVENT=5, DATA_READY_EVENT=6,
    INTERFACE_CHANGE_EVENT=7, ALARM_EVENT=9,
)  # fmt: skip
CmdArgType = _constants(
    "CmdArgType", DevVoid=0, DevBoolean=1, DevShort=2, DevLong=3, DevFloat=4, DevDouble=5, DevUShort=6, DevULong=7,
    DevString=8, DevVarCharArray=9, DevVarShortArray=10, DevVarLongArray=11, DevVarFloatArray=12, DevVarDoubleArray=13,
    DevVarUShortArray=14, DevVarULongArray=15, DevVarStringArray=16, DevVarLongStringArray=17, DevVarDoubleStringArray=18,
    DevState=19, ConstDevString=20, DevVarBooleanArray=21, DevUChar=22, DevLong64=23, DevULong64=24, DevVarLong64Array=25,
    DevVarULong64Array=26, DevEncoded=28, DevEnum=29, DevVarStateArray=31, DevVarEncodedArray=32, Unknown=100,
)  # fmt: skip
ArgType = CmdArgType
