"""Python values as strict JSON and back.

Plain JSON stays plain. What it cannot hold becomes an object with ``$type`` (``docs/results.md`` lists them): numbers
that are not finite or larger than 64 bits, keys that are not text, bytes, complex numbers, dates, sets, pandas objects,
arrays with such values. Arrays and frames with more than ``INLINE_ITEMS`` values go to a file and are named.
"""

import math
import sys

from aerie_guest.restore import ContextError, as_integers, decode

__all__ = ["ContextError", "Encoder", "ResultsError", "decode", "dumps"]

INLINE_ITEMS = 10_000
MAX_DEPTH = 100
# Most types that are noted, and most bytes of them as JSON; the host takes no more.
MAX_TYPES = 10_000
MAX_TYPES_TEXT = 512 << 10


class ResultsError(TypeError):
    """``results`` holds something that cannot be handed back."""


class Encoder:
    """Encodes one value. ``save(name, bytes)`` keeps a large array as a file and gives the path it is found at.

    Where plain JSON stands for more than it says (an array, a tuple, a number of numpy), that is noted for :meth:`types`;
    within a file, which has no notes, a tag says it.
    """

    def __init__(self, save):
        self._save = save
        self._files = 0
        self._open = set()
        self._path = []
        self._notes = []
        self._left_out = 0
        self._in_file = False

    def types(self):
        """What the JSON does not say, by place; ``None`` if it says all."""
        import json

        places, size, left_out = [], 0, self._left_out
        for path, what in self._notes:
            at = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
            place = {"at": at, **what}
            size += len(json.dumps(place, separators=(",", ":"))) + 1
            if size > MAX_TYPES_TEXT:
                left_out += 1
            else:
                places.append(place)
        return {"places": places, "left_out": left_out} if places or left_out else None

    def encode(self, value, depth=0):
        kind = type(value)
        if value is None or kind is bool or kind is str:
            return _text(value) if kind is str else value
        if kind is int:
            return value if -(2**63) <= value < 2**64 else {"$type": "int", "value": str(value)}
        if kind is float:
            return value if math.isfinite(value) else {"$type": "float", "value": str(value)}
        if depth > MAX_DEPTH:
            raise ResultsError(f"`results` is nested more than {MAX_DEPTH} levels deep")
        if isinstance(value, (list, tuple, dict, set, frozenset)):
            return self._container(value, depth)
        numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
        if numpy is not None and isinstance(value, numpy.generic):
            return self._scalar(numpy, value, depth)
        for module, name, encode in _SIMPLE:
            if _is(value, module, name):
                return encode(value)
        if kind.__module__ == "datetime" and any(_is(value, "datetime", name) for name in ("date", "time", "timedelta")):
            return _dates(value)
        if _is(value, "enum", "Enum"):
            return self.encode(value.value, depth + 1)
        if pandas is not None:
            encoded = self._pandas(pandas, value, depth)
            if encoded is not None:
                return encoded
        if numpy is not None and isinstance(value, numpy.ndarray):
            return self._array(numpy, value, depth)
        figure = sys.modules.get("matplotlib.figure")
        if figure is not None and isinstance(value, figure.Figure):
            return {"$type": "figure", "number": getattr(value, "number", None)}
        if hasattr(kind, "__dataclass_fields__"):
            import dataclasses

            fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
            return self.encode(fields, depth + 1)
        if isinstance(value, int):
            return self.encode(int(value), depth + 1)
        if isinstance(value, float):
            return self.encode(float(value), depth + 1)
        if isinstance(value, str):
            return _text(str.__str__(value))
        return {"$type": "object", "class": f"{kind.__module__}.{kind.__qualname__}", "repr": _text(repr(value)[:2000])}

    def _container(self, value, depth):
        mark = id(value)
        if mark in self._open:
            raise ResultsError("`results` contains itself")
        self._open.add(mark)
        try:
            if isinstance(value, dict):
                return self._dict(value, depth)
            if isinstance(value, (set, frozenset)):
                return self._set(value, depth)
            if isinstance(value, tuple):
                return self._note(self._items(value, depth), {"is": "tuple"})
            return self._items(value, depth)
        finally:
            self._open.discard(mark)

    def _dict(self, value, depth):
        path = self._path
        if all(type(key) is str and key != "$type" and key.isprintable() for key in value):
            encoded = {}
            path.append(None)
            for key, item in value.items():
                path[-1] = key
                encoded[key] = self.encode(item, depth + 1)
            path.pop()
            return encoded
        items = []
        path += ["items", 0, 0]
        for place, (key, item) in enumerate(value.items()):
            path[-2:] = [place, 0]
            key = self._label(key, depth + 1)
            path[-1] = 1
            items.append([key, self.encode(item, depth + 1)])
        del path[-3:]
        return {"$type": "dict", "items": items}

    def _set(self, value, depth):
        found, path = [], self._path
        path += ["items", 0]
        for item in value:
            before = len(self._notes)
            found.append((self._label(item, depth + 1), self._notes[before:]))
        found.sort(key=lambda item: (str(type(item[0])), str(item[0])))
        for place, (_, notes) in enumerate(found):
            for noted, _ in notes:
                noted[len(path) - 1] = place
        del path[-2:]
        frozen = {"frozen": True} if isinstance(value, frozenset) else {}
        return {"$type": "set", **frozen, "items": [item for item, _ in found]}

    def _items(self, items, depth, under=()):
        """A list of encoded items, each with its place in mind."""
        path, encoded = self._path, []
        kind = _common_scalar(items) if len(items) > 1 and not under else None
        if kind is not None:
            # One note for all, and in a file one tag.
            encoded = [self.encode(item.item(), depth + 1) for item in items]
            if self._in_file:
                return {"$type": "numpy", "dtype": kind, "values": encoded}
            return self._note(encoded, {"is": "numpy", "dtype": kind, "each": True})
        path += [*under, 0]
        for place, item in enumerate(items):
            path[-1] = place
            encoded.append(self.encode(item, depth + 1))
        del path[len(path) - len(under) - 1 :]
        return encoded

    def _under(self, name, make, *arguments):
        self._path.append(name)
        encoded = make(*arguments)
        self._path.pop()
        return encoded

    def _label(self, value, depth):
        """A key or a name: hashable, so that a list in its place can only be a tuple."""
        if type(value) is not tuple:
            return self.encode(value, depth)
        if depth > MAX_DEPTH:
            raise ResultsError(f"`results` is nested more than {MAX_DEPTH} levels deep")
        return [self._under(place, self._label, item, depth + 1) for place, item in enumerate(value)]

    def _note(self, encoded, what):
        """``encoded`` stands for ``what``."""
        if self._in_file:
            if what["is"] == "tuple":
                return {"$type": "tuple", "items": encoded}
            return {"$type": "numpy", "dtype": what["dtype"], "value": encoded}
        if len(self._notes) < MAX_TYPES:
            self._notes.append((list(self._path), what))
        else:
            self._left_out += 1
        return encoded

    def _scalar(self, np, value, depth):
        kind, dtype = value.dtype.kind, value.dtype
        if kind in "Mm":
            return {"$type": "datetime64" if kind == "M" else "timedelta64", "value": str(value), "dtype": str(dtype)}
        if kind == "V":
            return {"$type": "numpy", "dtype": _dtype_text(np, dtype), "value": self._flat(np, np.asarray(value), depth)[0]}
        if not _plain_scalar(dtype):
            text = [str(value.real), str(value.imag)] if kind == "c" else str(value)
            return {"$type": "numpy", "dtype": _dtype_text(np, dtype), "value": text}
        return self._note(self.encode(value.item(), depth + 1), {"is": "numpy", "dtype": _scalar_type(dtype)})

    def _array(self, np, value, depth):
        dtype, kind = value.dtype, value.dtype.kind
        about = {"dtype": _dtype_text(np, dtype), "shape": list(value.shape)}
        if isinstance(value, np.ma.MaskedArray):
            mask = np.ma.getmaskarray(value).ravel().tolist()
            data = self._flat(np, value.data, depth)
            if kind in "VOT":
                return {"$type": "masked_array", **about, "data": data, "mask": mask}
            data = [None if masked else item for item, masked in zip(data, mask, strict=True)]
            return {"$type": "masked_array", **about, "data": data}
        if isinstance(value, np.recarray) and dtype.names:
            about["record"] = True
        fits_file = kind in "biufcMmSUV" and not dtype.hasobject and "longdouble" not in about["dtype"]
        if value.size > INLINE_ITEMS and fits_file and not self._in_file:
            import io

            buffer = io.BytesIO()
            np.save(buffer, _without_record(np, np.asarray(value)), allow_pickle=False)
            return {"$type": "ndarray", **about, "file": self._file("npy", buffer.getvalue())}
        plain = kind in "biu" or (kind == "f" and dtype.itemsize <= 8 and bool(np.isfinite(value).all()))
        if plain and not self._in_file:
            return self._note(value.tolist(), {"is": "ndarray", **about})
        return {"$type": "ndarray", **about, "data": self._flat(np, value, depth)}

    def _flat(self, np, value, depth):
        """All values of an array in the order of C, times as integers."""
        flat = _without_record(np, np.asarray(value).ravel())
        dtype = as_integers(np, flat.dtype)
        if dtype != flat.dtype:
            flat = flat.astype(dtype) if dtype.hasobject else flat.view(dtype)
        items = flat.tolist()
        if dtype.kind in "biu":
            return items
        if dtype.names:
            return [self._under("data", self._under, place, self._row, dtype, item, depth) for place, item in enumerate(items)]
        return self._items(items, depth, ["data"])

    def _row(self, dtype, item, depth):
        """One record: its fields as a list."""
        return [self._under(place, self._field, dtype[name], item[place], depth) for place, name in enumerate(dtype.names)]

    def _field(self, dtype, item, depth):
        if dtype.subdtype is not None:
            return self._flat(sys.modules["numpy"], item, depth)
        return self._row(dtype, item, depth) if dtype.names else self.encode(item, depth + 1)

    def _pandas(self, pd, value, depth):
        if value is pd.NaT or value is pd.NA:
            return {"$type": "NaT" if value is pd.NaT else "NA"}
        if isinstance(value, pd.Timestamp):
            tz = None if value.tz is None else str(value.tz)
            return {"$type": "timestamp", "iso": value.isoformat(), "tz": tz, "unit": value.unit}
        if isinstance(value, pd.Timedelta):
            return {"$type": "timedelta", "iso": value.isoformat(), "unit": value.unit}
        if isinstance(value, pd.Period):
            return {"$type": "period", "value": str(value), "freq": value.freqstr, "ordinal": value.ordinal}
        if isinstance(value, pd.Interval):
            ends = {end: self._under(end, self.encode, getattr(value, end), depth + 1) for end in ("left", "right")}
            return {"$type": "interval", "value": str(value), **ends, "closed": value.closed}
        if isinstance(value, pd.DataFrame):
            return self._table("dataframe", value.size, self._frame, pd, value, depth)
        if isinstance(value, pd.Series):
            return self._table("series", value.size, self._series, pd, value, depth)
        if isinstance(value, pd.Index):
            return {"$type": "index", **self._index(pd, value, depth)}
        if isinstance(value, pd.api.extensions.ExtensionArray):
            return {**self.encode(pd.Series(value), depth + 1), "array": True}
        return None

    def _frame(self, pd, value, depth):
        columns = value.columns
        encoded = {
            "columns": self._under("columns", self._labels, columns.tolist(), depth),
            "dtypes": [_dtype_text(sys.modules["numpy"], dtype) for dtype in value.dtypes],
            "index": self._under("index", self._index, pd, value.index, depth),
            "data": [],
        }
        if columns.nlevels > 1 or columns.name is not None or str(columns.dtype) != "str":
            # The labels alone do not say what kind of index they were.
            encoded["column_index"] = self._under("column_index", self._index, pd, columns, depth)
        details = {}
        self._path += ["data", 0]
        for place in range(value.shape[1]):
            self._path[-1] = place
            column = value.iloc[:, place]
            encoded["data"].append(self._column(column, depth))
            detail = self._detail(pd, column.dtype, depth)
            if detail is not None:
                details[str(place)] = detail
        del self._path[-2:]
        if details:
            encoded["details"] = details
        return encoded

    def _series(self, pd, value, depth):
        encoded = {
            "name": self._under("name", self._label, value.name, depth + 1),
            "dtype": _dtype_text(sys.modules["numpy"], value.dtype),
            "index": self._under("index", self._index, pd, value.index, depth),
            "data": self._under("data", self._column, value, depth),
        }
        detail = self._detail(pd, value.dtype, depth)
        return encoded if detail is None else {**encoded, "detail": detail}

    def _column(self, series, depth):
        if series.dtype.kind in "iub" and not hasattr(series.dtype, "na_value"):
            return series.tolist()
        encoded, path = [], self._path
        path.append(0)
        for place, item in enumerate(series.tolist()):
            path[-1] = place
            encoded.append(self.encode(item, depth + 1))
        path.pop()
        return encoded

    def _detail(self, pd, dtype, depth):
        """What the name of a type does not say."""
        if not isinstance(dtype, pd.CategoricalDtype):
            return None
        before, self._in_file = self._in_file, True  # with tags instead of notes: its place is not kept
        categories = None if dtype.categories is None else self._index(pd, dtype.categories, depth)
        self._in_file = before
        return {"categories": categories, "ordered": bool(dtype.ordered)}

    def _labels(self, labels, depth):
        return [self._under(place, self._label, label, depth + 1) for place, label in enumerate(labels)]

    def _index(self, pd, index, depth):
        if isinstance(index, pd.RangeIndex):
            encoded = {"start": index.start, "stop": index.stop, "step": index.step}
        else:
            text = _dtype_text(sys.modules["numpy"], index.dtype)
            encoded = {"dtype": text, "values": self._under("values", self._labels, index.tolist(), depth)}
            freq = getattr(index, "freqstr", None)
            if freq is not None and index.dtype.kind in "Mm":
                encoded["freq"] = freq
            detail = self._detail(pd, index.dtype, depth)
            if detail is not None:
                encoded["detail"] = detail
        if index.nlevels > 1:
            encoded["levels"] = index.nlevels
            types = [level.dtype for level in index.levels]
            encoded["dtypes"] = [_dtype_text(sys.modules["numpy"], dtype) for dtype in types]
            details = {str(place): self._detail(pd, dtype, depth) for place, dtype in enumerate(types)}
            details = {place: detail for place, detail in details.items() if detail is not None}
            if details:
                encoded["details"] = details
        names = list(index.names)
        if any(name is not None for name in names):
            encoded["names"] = self._under("names", self._labels, names, depth)
        return encoded

    def _table(self, kind, size, make, *arguments):
        """A series or a frame; a large one as a file."""
        if size <= INLINE_ITEMS or self._in_file:
            return {"$type": kind, **make(*arguments)}
        import json

        self._in_file = True
        try:
            text = json.dumps({"$type": kind, **make(*arguments)}, allow_nan=False, separators=(",", ":"))
        finally:
            self._in_file = False
        return {"$type": kind, "file": self._file("json", text.encode())}

    def _file(self, suffix, data):
        self._files += 1
        return self._save(f"results_{self._files:02d}.{suffix}", data)


def _common_scalar(items):
    """The one type of numpy that all items are of."""
    numpy, kind = sys.modules.get("numpy"), type(items[0])
    if numpy is None or not issubclass(kind, numpy.generic) or not _plain_scalar(items[0].dtype):
        return None
    return _scalar_type(items[0].dtype) if all(type(item) is kind for item in items) else None


def _plain_scalar(dtype):
    """Whether a scalar of this type is one that plain Python has a value for: no time, no record, no long double."""
    return dtype.kind in "biuSU" or (dtype.kind == "f" and dtype.itemsize <= 8) or (dtype.kind == "c" and dtype.itemsize <= 16)


def _scalar_type(dtype):
    return {"U": "str", "S": "bytes"}.get(dtype.kind) or dtype.newbyteorder("=").name


def _dtype_text(np, dtype):
    """A type by name. Long doubles have another size, and name, on each machine."""
    if isinstance(dtype, np.dtype):
        dtype = np.dtype((np.void, dtype)) if dtype.type is np.record else dtype
        if dtype.kind == "T" and hasattr(dtype, "na_object"):
            raise ResultsError("an array of text with missing values cannot be handed back: make it an array of objects")
        if dtype.type in (np.longdouble, np.clongdouble) and dtype.itemsize > (16 if dtype.kind == "c" else 8):
            return "clongdouble" if dtype.kind == "c" else "longdouble"
        if dtype.names and _has_long_double(np, dtype):
            raise ResultsError("a record with long doubles cannot be handed back: give its fields one by one")
    return str(dtype)


def _has_long_double(np, dtype):
    if dtype.names:
        return any(_has_long_double(np, dtype[name]) for name in dtype.names)
    return dtype.base.type in (np.longdouble, np.clongdouble)


def _without_record(np, array):
    return array.view(np.dtype((np.void, array.dtype))) if array.dtype.type is np.record else array


def dumps(value, save):
    """Strict JSON bytes of ``value``, and the types that they do not say, if any."""
    import json

    encoder = Encoder(save)
    encoded = encoder.encode(value)
    return json.dumps(encoded, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode(), encoder.types()


def _text(text):
    try:
        text.encode()
    except UnicodeEncodeError:
        return {"$type": "str", "base64": _base64(text.encode("utf-8", "surrogatepass"))}
    return text


def _base64(data):
    import binascii

    return binascii.b2a_base64(data, newline=False).decode()


# By name: a value cannot be of a type whose module was never imported, and importing them all would slow every start.
_SIMPLE = [
    ("builtins", "bytes", lambda value: {"$type": "bytes", "base64": _base64(value)}),
    ("builtins", "bytearray", lambda value: {"$type": "bytes", "base64": _base64(value), "mutable": True}),
    ("builtins", "complex", lambda value: {"$type": "complex", "value": str(value)}),
    ("decimal", "Decimal", lambda value: {"$type": "decimal", "value": str(value)}),
    ("fractions", "Fraction", lambda value: {"$type": "fraction", "value": str(value)}),
    ("pathlib", "PurePath", lambda value: str(value)),
    ("uuid", "UUID", lambda value: {"$type": "uuid", "value": str(value)}),
]


def _is(value, module, name):
    """Whether ``value`` is of that type; not if the type was never imported."""
    kind = getattr(sys.modules.get(module), name, None)
    return kind is not None and isinstance(value, kind)


def _dates(value):
    """Dates of the standard library, not their pandas subclasses."""
    datetime = sys.modules["datetime"]
    if isinstance(value, datetime.datetime):
        zone = getattr(value.tzinfo, "key", None)
        zone = {"zone": zone} if isinstance(zone, str) else {}
        return {"$type": "datetime", "iso": value.isoformat(), **zone}
    if isinstance(value, datetime.date):
        return {"$type": "date", "iso": value.isoformat()}
    if isinstance(value, datetime.time):
        return {"$type": "time", "iso": value.isoformat()}
    return {"$type": "timedelta", "seconds": value.days * 86_400 + value.seconds, "microseconds": value.microseconds}
