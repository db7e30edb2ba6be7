"""The constants of Channel Access that programs use: types, masks, alarm states.

The C structures of pyepics' ``dbr`` are not here: values come through the door, and nothing is unpacked by hand.
"""

import enum

ECA_NORMAL = 1
ECA_TIMEOUT = 80
ECA_IODONE = 339
ECA_ISATTACHED = 424
ECA_BADCHID = 410

CS_NEVER_SEARCH = 4
CS_CONN = 2
OP_CONN_UP = 6
OP_CONN_DOWN = 7

STRING = 0
INT = SHORT = 1
FLOAT = 2
ENUM = 3
CHAR = 4
LONG = 5
DOUBLE = 6

TIME_STRING = 14
TIME_INT = TIME_SHORT = 15
TIME_FLOAT = 16
TIME_ENUM = 17
TIME_CHAR = 18
TIME_LONG = 19
TIME_DOUBLE = 20

CTRL_STRING = 28
CTRL_INT = CTRL_SHORT = 29
CTRL_FLOAT = 30
CTRL_ENUM = 31
CTRL_CHAR = 32
CTRL_LONG = 33
CTRL_DOUBLE = 34

MAX_STRING_SIZE = 40
MAX_UNITS_SIZE = 8
MAX_ENUM_STRING_SIZE = 26
MAX_ENUMS = 16

EPICS2UNIX_EPOCH = 631152000.0

DBE_VALUE = 1
DBE_LOG = 2
DBE_ALARM = 4
DBE_PROPERTY = 8

ctrl_limits = (
    "upper_disp_limit",
    "lower_disp_limit",
    "upper_alarm_limit",
    "upper_warning_limit",
    "lower_warning_limit",
    "lower_alarm_limit",
    "upper_ctrl_limit",
    "lower_ctrl_limit",
)

_NAMES = {
    STRING: "STRING",
    INT: "INT",
    FLOAT: "FLOAT",
    ENUM: "ENUM",
    CHAR: "CHAR",
    LONG: "LONG",
    DOUBLE: "DOUBLE",
}
for _base, _form in ((TIME_STRING, "TIME"), (CTRL_STRING, "CTRL")):
    for _type in range(7):
        _NAMES[_base + _type] = f"{_form}_{'SHORT' if _type == INT else _NAMES[_type]}"

_NATIVE = {
    "DBR_STRING": STRING,
    "DBR_INT": INT,
    "DBR_SHORT": INT,
    "DBR_FLOAT": FLOAT,
    "DBR_ENUM": ENUM,
    "DBR_CHAR": CHAR,
    "DBR_LONG": LONG,
    "DBR_DOUBLE": DOUBLE,
}


class chid_t(int):
    """A channel's number; ``value`` is the number, as of the C type that pyepics has here."""

    @property
    def value(self):
        return int(self)


def native_type(ftype):
    """The native type of a TIME or CTRL type."""
    if ftype >= CTRL_STRING:
        return ftype - CTRL_STRING
    return ftype - TIME_STRING if ftype >= TIME_STRING else ftype


def Name(ftype, reverse=False):
    """The name of a type or, with ``reverse``, the type of a name."""
    if reverse:
        for number, name in _NAMES.items():
            if name == ftype.upper():
                return number
    return _NAMES.get(ftype, "unknown")


class DefaultIntEnum(enum.IntEnum):
    @classmethod
    def _missing_(cls, value):
        unknown = int.__new__(cls)
        unknown._name_ = "UNKNOWN"
        unknown._value_ = value
        return unknown

    def __repr__(self):
        return self.name


AlarmStatus = DefaultIntEnum(
    "AlarmStatus",
    "NO_ALARM READ WRITE HIHI HIGH LOLO LOW STATE COS COMM TIMEOUT HW_LIMIT CALC SCAN LINK SOFT BAD_SUB UDF DISABLE "
    "SIMM READ_ACCESS WRITE_ACCESS",
    start=0,
    module=__name__,
)
AlarmSeverity = DefaultIntEnum("AlarmSeverity", "NO_ALARM MINOR MAJOR INVALID", start=0, module=__name__)
