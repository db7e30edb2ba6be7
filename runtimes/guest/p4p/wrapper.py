"""``p4p.Type`` and ``p4p.Value``: structures of named, typed fields, made and read as p4p's are.

A value that came from a channel holds at first what a reading brings; the rest (display, limits) is fetched when a program
first asks for it.
"""

import numpy

__all__ = ("Type", "Value", "Struct", "StructArray", "Union", "UnionArray")

_NAMES = {
    "?": "bool", "b": "int8_t", "B": "uint8_t", "h": "int16_t", "H": "uint16_t", "i": "int32_t", "I": "uint32_t",
    "l": "int64_t", "L": "uint64_t", "f": "float", "d": "double", "s": "string", "v": "any",
}  # fmt: skip
_DTYPES = {
    "?": "?", "b": "i1", "B": "u1", "h": "i2", "H": "u2", "i": "i4", "I": "u4", "l": "i8", "L": "u8", "f": "f4", "d": "f8",
}  # fmt: skip
_BITS = {"b": 8, "B": 8, "h": 16, "H": 16, "i": 32, "I": 32, "l": 64, "L": 64}


def Struct(spec=None, id=None):
    return ("S", id, spec)


def Union(spec=None, id=None):
    return ("U", id, spec)


def StructArray(spec=None, id=None):
    return ("aS", id, spec)


def UnionArray(spec=None, id=None):
    return ("aU", id, spec)


class Type:
    """The names and types of a structure's fields, and its identifier."""

    __slots__ = ("_fields", "_id")

    def __init__(self, spec=(), id=None, base=None):
        self._id = id or (base._id if base is not None else None) or "structure"
        self._fields = dict(base._fields) if base is not None else {}
        for name, code in spec or ():
            if isinstance(code, tuple) and code[0] == "S":
                code = Type(code[2], code[1])
            self._fields[name] = code

    def has(self, name):
        try:
            self[name]
        except KeyError:
            return False
        return True

    __contains__ = has

    def __getitem__(self, name):
        found = self
        for part in name.split("."):
            if not isinstance(found, Type) or part not in found._fields:
                raise KeyError(f"no such member field '{name}'")
            found = found._fields[part]
        return found

    def getID(self):
        return self._id

    def keys(self):
        return list(self._fields)

    def __iter__(self):
        return iter(self.keys())

    def items(self):
        return list(self._fields.items())

    def values(self):
        return list(self._fields.values())

    def __len__(self):
        return len(self._fields)

    def __call__(self, initial=None):
        return Value(self, initial)

    def aspy(self, name=None):
        """The type as nested lists and tuples."""
        if name is not None:
            found = self[name]
            return found.aspy() if isinstance(found, Type) else found
        spec = [(key, code.aspy() if isinstance(code, Type) else code) for key, code in self._fields.items()]
        return ("S", self._id, spec)

    def __eq__(self, other):
        return isinstance(other, Type) and self.aspy() == other.aspy()

    __hash__ = None

    def __repr__(self):
        _, id, fields = self.aspy()
        return f'Type({fields}, id="{id}")'


def _scalar(code, value):
    """The value as a field of this type holds it."""
    if code == "v":
        return value
    if isinstance(code, tuple):
        raise TypeError(f"fields of type {code[0]!r} cannot be assigned here")
    if code[0] == "a":
        return _array(code[1:], value)
    if value is None or isinstance(value, (list, tuple, dict)) or getattr(value, "ndim", 0):
        raise TypeError(f"Can't assign {_NAMES[code]} (scalar) field with {type(value).__name__}")
    if code == "s":
        return value.decode() if isinstance(value, bytes) else str.__str__(value) if isinstance(value, str) else str(value)
    if code in "fd":
        try:
            return float(value)
        except ValueError:
            raise ValueError(f'Invalid input : "{value}" : stod') from None
    if code == "?":
        return value.lower() == "true" if isinstance(value, str) else bool(value)
    whole = int(value, 0) if isinstance(value, str) else int(value)
    bits = _BITS[code]
    whole &= (1 << bits) - 1
    return whole - (1 << bits) if code.islower() and whole >> (bits - 1) else whole


def _array(code, value):
    if code == "s":
        if not hasattr(value, "__iter__"):
            raise RuntimeError(f"Must assign sequence to string array, not {type(value).__name__}")
        return [str(item) for item in value]
    if code not in _DTYPES:
        raise TypeError(f"arrays of type {code!r} cannot be assigned here")
    array = numpy.asarray(value)
    if array.ndim != 1:
        raise RuntimeError("Only 1-d array can be assigned")
    return array.astype(_DTYPES[code])


def _empty(code):
    """What a field holds before anything is assigned."""
    if isinstance(code, tuple) or code == "v":
        return None
    if code[0] == "a":
        return [] if code == "as" else None
    return _scalar(code, "" if code == "s" else 0)


class Value:
    """A structure. Fields are attributes and keys; keys may be paths, as in ``value["alarm.severity"]``."""

    __slots__ = ("_type", "_fields", "_changed", "_late")

    def __init__(self, type, initial=None):
        put = object.__setattr__
        put(self, "_type", type)
        put(self, "_late", None)
        put(self, "_changed", set())
        put(self, "_fields", {k: Value(c) if isinstance(c, Type) else _empty(c) for k, c in type._fields.items()})
        for name, value in (initial or {}).items():
            self[name] = value

    def _complete(self):
        """Fetches what is not there yet; once."""
        late = self._late
        if late is not None:
            object.__setattr__(self, "_late", None)
            late(self)

    def _defer(self, late):
        """Has ``late(self)`` called once, when something is asked for that is not there."""
        object.__setattr__(self, "_late", late)

    def _add(self, name, code, value):
        """Adds or replaces a field, as ``late`` does."""
        self._type._fields[name] = code
        made = isinstance(code, Type) and not isinstance(value, Value)
        self._fields[name] = Value(code, value) if made else value

    def _find(self, path):
        """The structure that holds the last name of the path, and that name."""
        holder, names = self, path.split(".")
        for name in names[:-1]:
            if name not in holder._fields:
                holder._complete()
            holder = holder._fields.get(name)
            if not isinstance(holder, Value):
                raise KeyError(f"no such member field '{path}'")
        if names[-1] not in holder._fields:
            holder._complete()
            if names[-1] not in holder._fields:
                raise KeyError(f"no such member field '{path}'")
        return holder, names[-1]

    def __getattr__(self, name):
        try:
            holder, last = self._find(name)
        except KeyError:
            raise AttributeError(name) from None
        return holder._fields[last]

    def __setattr__(self, name, value):
        try:
            self[name] = value
        except KeyError:
            raise AttributeError(name) from None

    def __getitem__(self, path):
        holder, name = self._find(path)
        return holder._fields[name]

    def __setitem__(self, path, value):
        if path is None:
            for name, item in value.items():
                self[name] = item
            return
        holder, name = self._find(path)
        held = holder._fields[name]
        if isinstance(held, Value):
            if not hasattr(value, "items"):
                raise TypeError(f"{type(value).__name__!r} object is not iterable")
            for key, item in value.items():
                held[key] = item
            return
        holder._fields[name] = _scalar(holder._type._fields[name], value)
        holder._changed.add(name)

    def get(self, path, default=None):
        try:
            return self[path]
        except KeyError:
            return default

    def has(self, path):
        try:
            self._find(path)
        except KeyError:
            return False
        return True

    __contains__ = has

    def getID(self):
        return self._type.getID()

    def type(self, path=None):
        self._complete()
        return self._type if path is None else self._type[path]

    def keys(self):
        self._complete()
        return list(self._fields)

    def __iter__(self):
        return iter(self.keys())

    def items(self, path=None):
        holder = self if path is None else self[path]
        holder._complete()
        return list(holder._fields.items())

    def todict(self, path=None, wrapper=dict):
        """Nested dictionaries, or with ``wrapper=list`` nested lists of pairs."""
        holder = self if path is None else self[path]
        if not isinstance(holder, Value):
            return holder
        return wrapper((k, v.todict(None, wrapper) if isinstance(v, Value) else v) for k, v in holder.items())

    def tolist(self, path=None):
        return self.todict(path, list)

    def mark(self, path, changed=True):
        if path is None:
            for _, held in self.items():
                if isinstance(held, Value):
                    held.mark(None, changed)
            self._changed.update(self._fields) if changed else self._changed.clear()
            return
        holder, name = self._find(path)
        if isinstance(holder._fields[name], Value):
            holder._fields[name].mark(None, changed)
        (holder._changed.add if changed else holder._changed.discard)(name)

    def unmark(self):
        self.mark(None, False)

    clear = unmark

    def changedSet(self, expand=False, parents=False):
        """The paths of the fields that have changed."""
        found = set()
        for name, held in self._fields.items():
            if isinstance(held, Value):
                inner = held.changedSet(expand, parents)
                found.update(f"{name}.{path}" for path in inner)
                if inner and parents:
                    found.add(name)
            elif name in self._changed:
                found.add(name)
        return found

    asSet = changedSet

    def changed(self, *fields):
        """Whether one of the fields, or anything in it, has changed."""
        paths = self.changedSet(parents=True)
        if not fields:
            return bool(paths)
        return any(path in paths for path in fields)

    def tostr(self, limit=0):
        text = _text(self, "", "") + "\n"
        return text[:limit] + "..." if 0 < limit < len(text) else text

    __str__ = tostr

    def __repr__(self):
        parts = [] if self.getID() == "structure" else ["id:" + self.getID()]
        if "value" in self._fields or self._fields:
            parts.append(repr(self._fields.get("value", next(iter(self._fields.values())))))
        return f"Value({', '.join(parts)})"


def _text(value, name, indent):
    """A structure as p4p prints it."""
    value._complete()
    id = value.getID()
    lines = ["struct {" if id == "structure" else f'struct "{id}" {{']
    for key, held in value._fields.items():
        inner = indent + "    "
        code = value._type._fields[key]
        lines.append(inner + (_text(held, key, inner) if isinstance(held, Value) else _leaf(key, code, held)))
    lines.append(indent + "}" + (f" {name}" if name else ""))
    return "\n".join(lines)


def _leaf(name, code, held):
    if isinstance(code, tuple) or code == "v":
        return f"any {name} null" if held is None else f"any {name} = {held!r}"
    if code[0] != "a":
        return f"{_NAMES[code]} {name} = {_item(code, held)}"
    if held is None or len(held) == 0:
        return f"{_NAMES[code[1:]]}[] {name} = {{?}}[]"
    return f"{_NAMES[code[1:]]}[] {name} = {{{len(held)}}}[{', '.join(_item(code[1:], item) for item in held)}]"


def _item(code, held):
    if code == "s":
        plain = held.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
        return '"' + "".join(c if c.isascii() else "".join(f"\\x{b:02x}" for b in c.encode()) for c in plain) + '"'
    if code == "?":
        return "true" if held else "false"
    return f"{float(held):g}" if code in "fd" else str(int(held))
