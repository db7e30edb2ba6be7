"""PyTango inside the sandbox: the parts of PyTango 10.3.1 that a client program uses, with every operation judged by the
host's gate.

``DeviceProxy`` and ``AttributeProxy`` are offered, with PyTango's constants, structures and exceptions. Device servers, the
database, groups and asynchronous calls are not. There are no threads: callbacks of events run inside ``time.sleep`` and
whatever else waits.
"""

from tango import utils
from tango._data import (
    ArchiveEventInfo,
    AttributeAlarmInfo,
    AttributeDimension,
    AttributeEventInfo,
    AttributeInfo,
    AttributeInfoEx,
    ChangeEventInfo,
    CommandInfo,
    DeviceAttribute,
    DeviceInfo,
    EventData,
    PeriodicEventInfo,
    TimeVal,
)
from tango._enums import (
    AccessControlType,
    ArgType,
    AttrDataFormat,
    AttReqType,
    AttrMemorizedType,
    AttrQuality,
    AttrWriteType,
    CmdArgType,
    DevSource,
    DevState,
    DispLevel,
    ErrSeverity,
    EventReason,
    EventSubMode,
    EventType,
    ExtractAs,
    GreenMode,
)
from tango._errors import (
    AsynCall,
    AsynReplyNotArrived,
    CommunicationFailed,
    ConnectionFailed,
    DevError,
    DevFailed,
    DeviceUnlocked,
    EventSystemFailed,
    Except,
    NonDbDevice,
    NonSupportedFeature,
    NotAllowed,
    WrongData,
    WrongNameSyntax,
    not_offered,
)
from tango.attribute_proxy import AttributeProxy, get_attribute_proxy
from tango.device_proxy import DeviceProxy, get_device_proxy
from tango.utils import (
    is_array_type,
    is_bool_type,
    is_float_type,
    is_int_type,
    is_numerical_type,
    is_scalar_type,
    is_str_type,
)

__version__ = __version_long__ = "10.3.1"
__version_info__ = (10, 3, 1)
__version_number__ = 1031

globals().update({each.name: each for each in CmdArgType if each.name != "DevState"})
SCALAR, SPECTRUM, IMAGE, FMT_UNKNOWN = AttrDataFormat
READ, READ_WITH_WRITE, WRITE, READ_WRITE, _ = AttrWriteType


class Release:
    """PyTango's release, whose interface this is."""

    name = "PyTango"
    version = version_long = __version__
    version_info = __version_info__


class EnsureOmniThread:
    """Threads need no preparation where there are none."""

    def __enter__(self):
        return self

    def __exit__(self, *how):
        pass


def is_omni_thread():
    return True


def get_green_mode():
    return GreenMode.Synchronous


def set_green_mode(green_mode=None):
    if green_mode not in (None, GreenMode.Synchronous):
        raise not_offered("This green mode", "there are no threads; use the synchronous calls")


_INSTEAD = {
    "Database": "devices are found by the host; properties are not reachable through the gate",
    "Group": "read or write the devices one by one with DeviceProxy",
    "ApiUtil": "there is nothing of it to set",
    "DeviceData": "command_inout takes and gives plain Python values",
    "Util": "programs are clients only; use DeviceProxy",
    "DeviceClass": "programs are clients only; use DeviceProxy",
    "Device_6Impl": "programs are clients only; use DeviceProxy",
    "LatestDeviceImpl": "programs are clients only; use DeviceProxy",
}


def _refusing(name):
    class Refusing:
        """Not offered: says so when it is used."""

        def __init__(self, *args, **named):
            raise not_offered(f"tango.{name}", _INSTEAD[name])

        instance = init = classmethod(lambda cls, *args: cls())

    Refusing.__name__ = Refusing.__qualname__ = name
    return Refusing


globals().update({name: _refusing(name) for name in _INSTEAD})

__all__ = [name for name in globals() if not name.startswith("_") and name != "not_offered"]
