"""Between Python values and Tango's types: what PyTango checks before it sends, and what it makes of what it reads."""

import operator

import numpy

from tango._enums import CmdArgType, DevState, ExtractAs
from tango._errors import failed, not_offered

_DTYPES = {
    "bool": "?", "i8": "i1", "u8": "u1", "i16": "i2", "u16": "u2", "i32": "i4", "u32": "u4", "i64": "i8", "u64": "u8",
    "f32": "f4", "f64": "f8", "enum": "i2",
}  # fmt: skip
_EXACT = (
    "If you use a numpy type instead of python core types, then it must exactly match "
    "(ex: numpy.int32 for PyTango.DevLong)"
)


def to_write(value, told):
    """The value for an attribute of this description. Raises what PyTango raises for one of another type."""
    shape = told.get("shape") or []
    if not shape:
        return _scalar(value, told.get("kind"))
    if isinstance(value, (str, bytes)) or not hasattr(value, "__len__"):
        if len(shape) == 1:
            raise failed("PyDs_WrongParameters", "Expecting a sequence (SPECTRUM attribute).", "DeviceAttribute")
        raise failed("PyDs_WrongParameters", "Expecting a sequence of sequences (IMAGE attribute).", "DeviceAttribute")
    return _sequence(value, told.get("kind"), len(shape))


def _sequence(value, kind, sides):
    if kind == "text":
        if sides == 2:
            raise TypeError("images of texts cannot be written here")
        return [_scalar(item, "text") for item in value]
    array = numpy.asarray(value)
    if sides == 2 and array.ndim != 2:
        raise failed("PyDs_WrongParameters", "Expecting a sequence of sequences (IMAGE attribute).", "DeviceAttribute")
    if kind not in _DTYPES:
        return array
    wanted = numpy.dtype(_DTYPES[kind])
    if array.size and array.dtype != wanted:
        # Every item is checked as a scalar of this type would be.
        for item in array.ravel().tolist():
            _scalar(item, kind)
    return array.astype(wanted)


def _scalar(value, kind):
    if kind in ("f32", "f64"):
        if isinstance(value, (str, bytes)) or not hasattr(value, "__float__"):
            raise TypeError(f"Expecting a numeric type, but it is not. {_EXACT}")
        return float(value)
    if kind == "text":
        if isinstance(value, bytes):
            return value.decode("latin-1")
        if not isinstance(value, str):
            raise TypeError("can't translate python object to C char*")
        return str(value)
    if kind == "bool":
        if not isinstance(value, (bool, numpy.bool_, int, numpy.integer)):
            raise TypeError(f"Expecting a bool type, but it is not. {_EXACT}")
        return bool(value)
    if kind == "enum":
        try:
            return int(operator.index(value))
        except TypeError:
            raise TypeError("an integer is required") from None
    if kind not in _DTYPES:
        return value
    return _whole(value, kind)


def _whole(value, kind):
    """PyTango's answers for a whole number that is none, or does not fit."""
    wrong = TypeError(f"Expecting a integer type, but it is not. {_EXACT}")
    try:
        value = int(operator.index(value))
    except TypeError:
        raise wrong from None
    bits = int(kind[1:])
    low, high = (0, 2**bits - 1) if kind[0] == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    if low <= value <= high:
        return value
    if (kind[0] == "u" and value < 0) or not -(2**63) <= value < 2**63:
        raise wrong
    raise OverflowError("Value is too large." if value > high else "Value is too small.")


def argument(name, told, given):
    """A command's argument, checked as PyTango does."""
    wanted = told.get("argument")
    if wanted is not None and wanted.get("kind") == "none":
        wanted = None
    native = (wanted or {}).get("native", "DevVoid")
    if given is None:
        if wanted is None:
            return None
        text = f"Incompatible argument type, expected type is : Tango::{native}"
        raise failed("API_IncompatibleCmdArgumentType", text, "Connection::command_inout()")
    wrong = TypeError(f"Invalid input argument for command {name}: {given!r} cannot be converted to type {native}")
    if wanted is None:
        raise wrong
    if native in ("DevVarDoubleStringArray", "DevVarLongStringArray", "DevEncoded"):
        raise not_offered(f"A command's argument of type {native}")
    try:
        return to_write(given, wanted)
    except (TypeError, ValueError):
        raise wrong from None


def state(value):
    """A state by its name or its number."""
    return DevState[value] if isinstance(value, str) else DevState(int(value))


def read(value, kind, is_state, extract_as):
    """A read value as PyTango hands it over. ``kind`` is its type on the wire."""
    if value is None:
        return None
    if is_state:
        return tuple(map(state, value)) if hasattr(value, "__len__") and not isinstance(value, str) else state(value)
    if kind == "texts":
        return list(value) if extract_as == ExtractAs.List else tuple(value)
    if kind != "array" or extract_as == ExtractAs.Numpy:
        return value
    if extract_as == ExtractAs.List:
        return value.tolist()
    if extract_as == ExtractAs.Tuple:
        return tuple(map(tuple, value.tolist())) if value.ndim == 2 else tuple(value.tolist())
    return bytearray(value.tobytes()) if extract_as == ExtractAs.ByteArray else value.tobytes()


def of_command(value, told):
    """A command's answer as PyTango hands it over."""
    if value is None:
        return None
    if told.get("native") == CmdArgType.DevState.name:
        return state(value)
    if hasattr(value, "items"):
        # Numbers and texts together come as a list of both.
        return [list(item) if isinstance(item, (tuple, list)) else item for item in value.values()]
    return value
