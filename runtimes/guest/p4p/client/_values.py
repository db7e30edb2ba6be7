"""Between readings of the host and p4p's values: what a get gives, and what a put means."""

import json

from p4p.nt import NTEnum, NTNDArray, NTScalar
from p4p.nt.common import alarm, timeStamp
from p4p.nt.enum import index_of, ntenum
from p4p.nt.ndarray import ntndarray
from p4p.nt.scalar import metadata, ntbool, ntfloat, ntint, ntnumericarray, ntstr, ntstringarray
from p4p.wrapper import Type, Value

_CODES = {
    "bool": "?", "i8": "b", "u8": "B", "i16": "h", "u16": "H", "i32": "i", "u32": "I", "i64": "l", "u64": "L", "f32": "f",
    "f64": "d", "text": "s",
}  # fmt: skip
_DTYPE_CODES = {
    "b1": "?", "i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "i8": "l", "u8": "L", "f4": "f", "f8": "d",
}  # fmt: skip
_WIRE_CODES = {"float": "d", "int": "l", "text": "s", "bool": "?", "texts": "as"}
_COMMON = {"alarm": alarm, "timeStamp": timeStamp, "dataTimeStamp": timeStamp}
_SCALARS = {"float": ntfloat, "int": ntint, "text": ntstr, "bool": ntbool}
_SCALAR, _ARRAY = "epics:nt/NTScalar:1.0", "epics:nt/NTScalarArray:1.0"
_ENUM, _IMAGE = "epics:nt/NTEnum:1.0", "epics:nt/NTNDArray:1.0"


# --- What a get gives -------------------------------------------------------------------------------------------------


def identifier(reading):
    """The identifier of the structure that a reading stands for."""
    kind = reading.type
    if kind == "struct":
        return reading.value.id or "structure"
    if kind == "enum":
        return _ENUM
    if kind == "array":
        return _ARRAY if reading.value.ndim == 1 else _IMAGE
    return _ARRAY if kind == "texts" else _SCALAR


def unwrapped(reading, classes, describe):
    """What a program is given for a reading. ``describe()`` fetches the channel's description when it is needed."""
    if reading.type == "none":
        return None
    id = identifier(reading)
    unwrap = classes.get(id)
    if unwrap is None or (id == _IMAGE and reading.type == "struct"):
        return structure(reading, describe)
    if unwrap not in (NTScalar, NTEnum, NTNDArray):
        return unwrap().unwrap(structure(reading, describe))
    value = reading.value
    if id == _ENUM:
        made = ntenum(value)
        made.choice = lambda: describe().get("labels") or []
    elif id == _SCALAR:
        made = _SCALARS[reading.type](value)
    elif id == _IMAGE:
        made = value.view(ntndarray)
    else:
        made = ntstringarray(value) if reading.type == "texts" else value.view(ntnumericarray)
    made._stamp(reading.severity, reading.status, (reading.seconds, reading.nanoseconds))
    made._raw = lambda: structure(reading, describe)
    return made


def structure(reading, describe):
    """The :class:`p4p.Value` of a reading."""
    value = reading.value
    if reading.type == "struct":
        return _of_struct(value)
    id = identifier(reading)
    if id == _ENUM:
        late = _late_choices
        code = Type([("index", "i")], id="enum_t")
    else:
        late = _late_metadata
        code = _WIRE_CODES.get(reading.type) or "a" + _DTYPE_CODES[value.dtype.str[-2:]]
        if reading.type == "int" and value >= 2**63:
            code = "L"
    made = Value(Type([("value", code), ("alarm", alarm), ("timeStamp", timeStamp)], id=id))
    made["alarm"] = {"severity": reading.severity, "status": reading.status, "message": reading.message}
    made["timeStamp"] = {"secondsPastEpoch": reading.seconds, "nanoseconds": reading.nanoseconds}
    if id == _ENUM:
        made["value.index"] = value
        made["value"]._defer(lambda inner: late(inner, describe()))
    else:
        made["value"] = value.ravel() if id == _IMAGE else value
        made._defer(lambda inner: late(inner, describe()))
    return made


def _of_struct(struct):
    """A structure whose fields are typed by what they hold."""
    made = Value(Type([], id=struct.id))
    for name, held in struct.items():
        if name in _COMMON and list(held) == _COMMON[name].keys():
            made._add(name, _COMMON[name], held)
        elif hasattr(held, "items"):
            inner = _of_struct(held)
            made._add(name, inner._type, inner)
        else:
            made._add(name, _code(held), held)
    made.mark(None)
    return made


def _code(held):
    if hasattr(held, "dtype"):
        return "a" + _DTYPE_CODES[held.dtype.str[-2:]]
    if isinstance(held, list):
        return "as"
    return {bool: "?", int: "l", float: "d", str: "s"}.get(type(held), "v")


def _late_choices(value, description):
    value._add("choices", "as", list(description.get("labels") or []))


def _late_metadata(value, description):
    """Adds what QSRV gives beside a value: display, control and valueAlarm."""
    code = _CODES.get(description.get("kind"))
    told = [description.get(name) for name in ("unit", "text", "precision")]
    told += [end for name in ("display", "control", "warning", "alarm") for end in description.get(name) or ()]
    if code is None:
        return
    array = value._type["value"][0] == "a"
    if not array:
        value._type._fields["value"] = code
    if all(each is None or each == "" for each in told):
        return

    def pair(name):
        low, high = description.get(name) or (None, None)
        return low or 0, high or 0

    found = {
        "display": {"description": description.get("text") or "", "units": description.get("unit") or ""},
        "control": dict(zip(("limitLow", "limitHigh"), pair("control"), strict=True)),
        "valueAlarm": dict(zip(("lowAlarmLimit", "highAlarmLimit"), pair("alarm"), strict=True)),
    }
    found["valueAlarm"].update(zip(("lowWarningLimit", "highWarningLimit"), pair("warning"), strict=True))
    if code not in "?s":
        found["display"]["precision"] = description.get("precision") or 0
        found["display"].update(zip(("limitLow", "limitHigh"), pair("display"), strict=True))
    for name, spec in metadata(code, display=True, control=True, valueAlarm=True, form=True):
        value._add(name, Type(spec[2]), found[name])


# --- What a put means -------------------------------------------------------------------------------------------------


def meant(value, describe, current):
    """The plain value that a put means. ``current()`` is the channel's structure, for a program's own builder."""
    if isinstance(value, bytes):
        value = value.decode()
    if callable(value):
        held = current()
        held.clear()
        value(held)
        value = held
    if isinstance(value, Value):
        paths = value.changedSet() or {path for path in ("value.index", "value") if value.has(path)}
        value = {path: value[path] for path in paths}
    if isinstance(value, dict):
        value = _only_value(value)
    if isinstance(value, str):
        return _parsed(str.__str__(value), describe())
    return value


def from_json(value):
    """A text that begins with a brace is JSON, as in p4p."""
    if isinstance(value, (str, bytes)) and value[:1] in ("{", b"{"):
        try:
            return json.loads(value)
        except ValueError:
            raise ValueError(f"Unable to interpret '{value}' as json") from None
    return value


def _only_value(fields):
    """The value among the fields of a put; others cannot be written here."""
    flat = {}
    for name, held in fields.items():
        if isinstance(held, dict):
            flat.update((f"{name}.{inner}", item) for inner, item in held.items())
        else:
            flat[name] = held
    flat.pop("value.choices", None)
    if set(flat) in ({"value"}, {"value.index"}):
        return next(iter(flat.values()))
    others = ", ".join(sorted(set(flat) - {"value", "value.index"})) or "nothing"
    raise NotImplementedError(f"a put here writes a channel's value, and only that; this one writes {others}")


def _parsed(text, description):
    """A text for a channel that holds something else is read as p4p reads it."""
    kind = description.get("kind")
    if description.get("shape"):
        return text
    if kind == "enum":
        labels = description.get("labels") or []
        return text if text in labels else index_of(text, labels)
    if kind in ("f32", "f64"):
        try:
            return float(text)
        except ValueError:
            raise ValueError(f'Invalid input : "{text}" : stod') from None
    if kind == "bool":
        return text.lower() == "true"
    return int(text, 0) if kind in _CODES and kind != "text" else text
