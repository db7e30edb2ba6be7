"""``tango.utils``: what kind a type is."""

from tango._enums import AttrDataFormat, CmdArgType

_WHOLE = {"DevShort", "DevLong", "DevUShort", "DevULong", "DevUChar", "DevLong64", "DevULong64"}
_FLOATS = {"DevFloat", "DevDouble"}
_TEXTS = {"DevString", "ConstDevString"}
_OTHERS = {"DevBoolean", "DevState", "DevEnum", "DevEncoded"}
_ARRAYS = {each.name for each in CmdArgType if each.name.startswith("DevVar")}


def _name(tg_type):
    return tg_type.name if isinstance(tg_type, CmdArgType) else CmdArgType(tg_type).name


def _is(tg_type, scalars, arrays, inc_array):
    name = _name(tg_type)
    return name in scalars or (inc_array and name in arrays)


def is_scalar_type(tg_type):
    return _name(tg_type) in _WHOLE | _FLOATS | _TEXTS | _OTHERS


def is_array_type(tg_type):
    return _name(tg_type) in _ARRAYS


def is_int_type(tg_type, inc_array=False):
    arrays = {f"DevVar{name[3:]}Array" for name in _WHOLE if name != "DevUChar"} | {"DevVarCharArray"}
    return _is(tg_type, _WHOLE, arrays, inc_array)


def is_float_type(tg_type, inc_array=False):
    return _is(tg_type, _FLOATS, {"DevVarFloatArray", "DevVarDoubleArray"}, inc_array)


def is_numerical_type(tg_type, inc_array=False):
    return is_int_type(tg_type, inc_array) or is_float_type(tg_type, inc_array)


def is_str_type(tg_type, inc_array=False):
    return _is(tg_type, _TEXTS, {"DevVarStringArray"}, inc_array)


def is_bool_type(tg_type, inc_array=False):
    return _is(tg_type, {"DevBoolean"}, {"DevVarBooleanArray"}, inc_array)


def is_scalar(data_format):
    return data_format == AttrDataFormat.SCALAR
