"""What reads, descriptions and events give: ``DeviceAttribute``, ``AttributeInfoEx``, ``CommandInfo``, ``EventData``, and
``TimeVal``."""

import datetime
import time

from tango._enums import (
    AttrDataFormat,
    AttrMemorizedType,
    AttrQuality,
    AttrWriteType,
    CmdArgType,
    DispLevel,
    EventReason,
    ExtractAs,
)
from tango._print import Struct


class TimeVal(Struct):
    """A time: whole seconds, microseconds, and nanoseconds beyond those."""

    _names = ("tv_nsec", "tv_sec", "tv_usec")

    def __init__(self, a=None, b=None, c=None):
        self.tv_sec = self.tv_usec = self.tv_nsec = 0
        if a is None:
            return
        if isinstance(a, datetime.datetime):
            a = time.mktime(a.timetuple()) + a.microsecond * 1e-6
        if b is not None:
            self.tv_sec, self.tv_usec, self.tv_nsec = a, b, c or 0
            return
        self.tv_sec = int(a)
        micros = (a - self.tv_sec) * 1e6
        self.tv_usec = int(micros)
        self.tv_nsec = int((micros - self.tv_usec) * 1e3)

    def totime(self):
        return self.tv_sec + 1e-6 * self.tv_usec + 1e-9 * self.tv_nsec

    def todatetime(self):
        return datetime.datetime.fromtimestamp(self.totime())

    @staticmethod
    def fromtimestamp(ts):
        return TimeVal(ts)

    @staticmethod
    def fromdatetime(dt):
        return TimeVal(dt)

    @staticmethod
    def now():
        return TimeVal(time.time())

    def strftime(self, format):
        return self.todatetime().strftime(format)

    def isoformat(self, sep="T"):
        return self.todatetime().isoformat(sep)

    def __str__(self):
        return str(self.todatetime())


class AttributeDimension(Struct):
    _names = ("dim_x", "dim_y")

    def __init__(self, dim_x=0, dim_y=0):
        self.dim_x, self.dim_y = dim_x, dim_y


def _sides(value):
    """The dimensions of a value as Tango counts them."""
    if value is None:
        return 0, 0
    shape = getattr(value, "shape", None)
    if shape is None:
        return (len(value), 0) if isinstance(value, (tuple, list)) else (1, 0)
    return (shape[1], shape[0]) if len(shape) == 2 else (shape[0], 0) if shape else (1, 0)


class DeviceAttribute(Struct):
    """An attribute's value, set value, quality and time. Its type is fetched when first asked for."""

    ExtractAs = ExtractAs
    _names = (
        "data_format", "dim_x", "dim_y", "has_failed", "is_empty", "name", "nb_read", "nb_written", "quality", "r_dimension",
        "time", "type", "value", "w_dim_x", "w_dim_y", "w_dimension", "w_value",
    )  # fmt: skip

    def __init__(
        self, name="", value=None, w_value=None, quality=AttrQuality.ATTR_INVALID, time=None, info=None, error=None
    ):
        self.name = name
        self.value = value
        self.w_value = w_value
        self.quality = quality
        self.time = time or TimeVal()
        self.has_failed = error is not None
        self.is_empty = value is None
        self.dim_x, self.dim_y = _sides(value)
        self.w_dim_x, self.w_dim_y = _sides(w_value)
        self._info = info
        self._error = error

    @property
    def type(self):
        return CmdArgType(self._info().data_type) if self._info else CmdArgType.Unknown

    @property
    def data_format(self):
        return self._info().data_format if self._info else AttrDataFormat.FMT_UNKNOWN

    @property
    def nb_read(self):
        return self.dim_x * (self.dim_y or 1)

    @property
    def nb_written(self):
        return self.w_dim_x * (self.w_dim_y or 1)

    @property
    def r_dimension(self):
        return AttributeDimension(self.dim_x, self.dim_y)

    @property
    def w_dimension(self):
        return AttributeDimension(self.w_dim_x, self.w_dim_y)

    def get_date(self):
        return self.time

    def get_err_stack(self):
        return self._error.args if self._error is not None else ()


_NONE = "Not specified"


class AttributeAlarmInfo(Struct):
    _names = ("delta_t", "delta_val", "extensions", "max_alarm", "max_warning", "min_alarm", "min_warning")

    def __init__(self, alarm=(None, None), warning=(None, None)):
        self.delta_t = self.delta_val = _NONE
        self.extensions = []
        self.min_alarm, self.max_alarm = map(_number, alarm)
        self.min_warning, self.max_warning = map(_number, warning)


class ChangeEventInfo(Struct):
    _names = ("abs_change", "extensions", "rel_change")

    def __init__(self):
        self.abs_change = self.rel_change = _NONE
        self.extensions = []


class PeriodicEventInfo(Struct):
    _names = ("extensions", "period")

    def __init__(self):
        self.extensions, self.period = [], "1000"


class ArchiveEventInfo(Struct):
    _names = ("archive_abs_change", "archive_period", "archive_rel_change", "extensions")

    def __init__(self):
        self.archive_abs_change = self.archive_period = self.archive_rel_change = _NONE
        self.extensions = []


class AttributeEventInfo(Struct):
    _names = ("arch_event", "ch_event", "per_event")

    def __init__(self):
        self.arch_event, self.ch_event, self.per_event = ArchiveEventInfo(), ChangeEventInfo(), PeriodicEventInfo()


def _number(value):
    return _NONE if value is None else f"{value:.15g}" if isinstance(value, float) else str(value)


def _type(native):
    """The constant of a type's name."""
    return CmdArgType.names.get(native, CmdArgType.Unknown)


class AttributeInfoEx(Struct):
    """An attribute's configuration, as far as the host describes it."""

    _names = (
        "alarms", "data_format", "data_type", "description", "disp_level", "display_unit", "enum_labels", "events",
        "extensions", "format", "label", "max_alarm", "max_dim_x", "max_dim_y", "max_value", "memorized", "min_alarm",
        "min_value", "name", "root_attr_name", "standard_unit", "sys_extensions", "unit", "writable", "writable_attr_name",
    )  # fmt: skip

    def __init__(self, name, told):
        shape = told.get("shape") or []
        none = (None, None)
        self.name = name
        self.data_type = int(_type(told.get("native")))
        self.data_format = AttrDataFormat(len(shape))
        self.max_dim_x = shape[-1] if shape else 1
        self.max_dim_y = shape[0] if len(shape) == 2 else 0
        self.writable = AttrWriteType.READ_WRITE if told.get("writable") else AttrWriteType.READ
        if not told.get("readable", True):
            self.writable = AttrWriteType.WRITE
        self.writable_attr_name = name if told.get("writable") else "None"
        self.enum_labels = list(told.get("labels") or [])
        self.label = told.get("label") or name
        self.unit = told.get("unit") or ""
        self.format = told.get("format") or self._format(told)
        self.description = told.get("text") or "No description"
        self.min_value, self.max_value = map(_number, told.get("control") or none)
        self.alarms = AttributeAlarmInfo(told.get("alarm") or none, told.get("warning") or none)
        self.min_alarm, self.max_alarm = self.alarms.min_alarm, self.alarms.max_alarm
        self.events = AttributeEventInfo()
        self.disp_level = DispLevel.OPERATOR
        self.memorized = AttrMemorizedType.NONE
        self.display_unit, self.standard_unit = "No display unit", "No standard unit"
        self.root_attr_name = _NONE
        self.extensions, self.sys_extensions = [], []

    @staticmethod
    def _format(told):
        """Tango's format for the type, with the precision that the host tells."""
        kind, precision = told.get("kind"), told.get("precision")
        if kind in ("f32", "f64"):
            return "%6.2f" if precision is None else f"%6.{precision}f"
        return "%s" if kind in ("text", "enum", "bool") else "%d"


AttributeInfo = AttributeInfoEx


class CommandInfo(Struct):
    """A command's types."""

    _names = ("cmd_name", "cmd_tag", "disp_level", "in_type", "in_type_desc", "out_type", "out_type_desc")

    def __init__(self, name, told):
        self.cmd_name = name
        self.cmd_tag = 0
        self.disp_level = DispLevel.OPERATOR
        self.in_type = _type((told.get("argument") or {}).get("native", "DevVoid"))
        self.out_type = _type(told.get("native") or "DevVoid")
        self.in_type_desc = self.out_type_desc = "Uninitialised"


class DeviceInfo(Struct):
    """What is known of a device."""

    _names = ("dev_class", "dev_type", "doc_url", "server_host", "server_id", "server_version", "version_info")

    def __init__(self, dev_class="Device"):
        self.dev_class = self.dev_type = dev_class
        self.doc_url = "Doc URL = https://www.tango-controls.org/developers/dsc"
        self.server_host = self.server_id = "Unknown"
        self.server_version = 1
        self.version_info = {}


class EventData(Struct):
    """What an event's function is given."""

    _names = ("attr_name", "attr_value", "device", "err", "errors", "event", "event_reason", "reception_date")

    def __init__(self, device, attr_name, event, attr_value, errors=()):
        self.device = device
        self.attr_name = attr_name
        self.event = event
        self.attr_value = attr_value
        self.err = bool(errors)
        self.errors = errors
        self.event_reason = EventReason.Update
        self.reception_date = TimeVal.now()

    def get_date(self):
        return self.reception_date
