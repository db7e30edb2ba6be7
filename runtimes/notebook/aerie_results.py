"""Results of Aerie's executions as Python objects, for any Python from 3.9 on. One file, no dependencies.

    import aerie_results
    results = aerie_results.load("execution_20261122_185559_beam_lifetime_pg1dap9d")

What JSON cannot hold is an object with ``$type`` in ``results.json`` (Aerie's ``docs/results.md`` lists them); here it
becomes what it stands for. Small arrays, tuples, and numbers of numpy are plain lists and numbers there;
``results.types.json`` says so, and they become again what they were. What is of numpy or pandas needs those packages.

Files are data from a program that nobody vouches for: nothing in them is executed or unpickled, and a file that is
named in the results is read only if it lies in the execution's folder, with no link on the way.
"""

import ast
import base64
import datetime
import decimal
import fractions
import io
import json
import os
import stat
import uuid

# Most bytes of an array that stands in the results themselves; honest ones have a thousandth.
MAX_ARRAY = 1 << 30
# Most types that Aerie notes beside the results.
MAX_TYPES = 10_000

__all__ = ["Context", "ResultsError", "decode", "load", "load_context"]


class ResultsError(ValueError):
    """The results or the context cannot be read: a file is missing, or is not what Aerie writes."""


class Context(dict):
    """A dictionary. ``context.BEAM.current`` is ``context["BEAM"]["current"]``."""

    __slots__ = ()

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            known = ", ".join(sorted(map(str, self))) or "nothing"
            raise AttributeError(f"the context has no {name!r}; it has {known}") from None

    def __dir__(self):
        return [*super().__dir__(), *(key for key in self if isinstance(key, str) and key.isidentifier())]


def load(path):
    """The results of an execution: its folder, or its ``results.json``."""
    path = os.fspath(path)
    if os.path.isdir(path):
        path = os.path.join(path, "results.json")
    value, types = _json(path), os.path.join(os.path.dirname(path), "results.types.json")
    if os.path.basename(path) == "results.json" and os.path.lexists(types):
        value = _with_types(value, _json(types))
    return decode(value, os.path.dirname(os.path.abspath(path)))


def load_context(path):
    """What an execution was given: its folder, or its ``context.json``."""
    path = os.fspath(path)
    if os.path.isdir(path):
        path = os.path.join(path, "context.json")
    # A context names no files of its own: a tag with `file` stays as it is, as in the sandbox.
    return decode(_json(path))


def decode(value, folder=None):
    """The Python value of decoded JSON. ``folder`` is where the files lie that it names."""
    try:
        return _Decoder(folder).decode(value)
    except RecursionError:
        raise ResultsError("the values are nested too deep") from None


def _json(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file, parse_constant=_no_constant)
    except OSError as error:
        missing = "; an execution that failed has no results" if os.path.basename(path) == "results.json" else ""
        raise ResultsError(f"cannot read {path}: {error.strerror}{missing}") from None
    except RecursionError:
        raise ResultsError(f"{path} is nested too deep") from None
    except ValueError as error:
        raise ResultsError(f"{path} is not JSON as Aerie writes it: {error}") from None


def _with_types(value, types):
    """The value with a tag wherever ``types`` says what its plain JSON was; what does not fit it stays plain."""
    places = types.get("places") if isinstance(types, dict) else None
    if not isinstance(places, list) or len(places) > MAX_TYPES:
        raise ResultsError("results.types.json is not what Aerie writes")
    # The inner ones first: a tag puts what is in it one level deeper.
    found = {}
    for place in places:
        at = place.get("at") if isinstance(place, dict) else None
        if isinstance(at, str) and (at == "" or at.startswith("/")):
            found.setdefault((at, place.get("each") is True), place)
    root = [value]
    for (at, each), place in sorted(found.items(), key=lambda item: -(item[0][0].count("/") + item[0][1])):
        above, key = root, 0
        for part in at.split("/")[1:]:
            above, key = above[key], part.replace("~1", "/").replace("~0", "~")
            if isinstance(above, list):
                key = int(key) if key.isdecimal() and int(key) < len(above) else None
            elif not isinstance(above, dict) or key not in above:
                key = None
            if key is None:
                break
        if key is not None:
            above[key] = _tagged(above[key], place, each)
    return root[0]


def _tagged(value, place, each):
    kind = place.get("is")
    if kind == "tuple" and not each:
        return {"$type": "tuple", "items": value} if isinstance(value, list) or _is_tag(value, "numpy") else value
    about = {"dtype": place.get("dtype")}
    if kind == "numpy":
        if each:
            return {"$type": "numpy", **about, "values": value} if isinstance(value, list) else value
        return value if isinstance(value, list) or _is_tag(value, "numpy") else {"$type": "numpy", **about, "value": value}
    shape = place.get("shape")
    if kind != "ndarray" or each or not isinstance(shape, list):
        return value
    data = [value]
    for length in shape:
        if not all(isinstance(item, list) and len(item) == length for item in data):
            return value
        data = [part for item in data for part in item]
    return {"$type": "ndarray", **about, "shape": shape, "data": data}


def _is_tag(value, kind):
    return isinstance(value, dict) and value.get("$type") == kind


def _no_constant(name):
    raise ValueError(f"{name} is no JSON")


def _numpy():
    try:
        import numpy
    except ImportError:
        raise ImportError("these results hold numpy arrays or dates: install numpy to load them") from None
    return numpy


def _pandas():
    try:
        import pandas
    except ImportError:
        raise ImportError("these results hold pandas tables or times: install pandas to load them") from None
    return pandas


class _Decoder:
    def __init__(self, folder):
        self._folder = folder

    def decode(self, value):
        if type(value) is list:
            return [self.decode(item) for item in value]
        if type(value) is not dict:
            return value
        kind = value.get("$type")
        restore = getattr(self, f"_{kind}", None) if isinstance(kind, str) and kind in _TAGS else None
        if restore is None:
            # `figure`, `object`, and what a later Aerie may add: shown, not restored.
            return Context({key: self.decode(item) for key, item in value.items()})
        try:
            return restore(value)
        except (ResultsError, ImportError, RecursionError):
            raise
        except Exception as error:
            raise ResultsError(f"a value of type {kind!r} cannot be read: {type(error).__name__}: {error}") from None

    def _int(self, value):
        return int(value["value"])

    def _float(self, value):
        return float(value["value"])

    def _str(self, value):
        return base64.b64decode(value["base64"], validate=True).decode("utf-8", "surrogatepass")

    def _bytes(self, value):
        data = base64.b64decode(value["base64"], validate=True)
        return bytearray(data) if value.get("mutable") is True else data

    def _tuple(self, value):
        return tuple(self.decode(value["items"]))

    def _complex(self, value):
        return complex(value["value"])

    def _decimal(self, value):
        return decimal.Decimal(value["value"])

    def _fraction(self, value):
        return fractions.Fraction(value["value"])

    def _uuid(self, value):
        return uuid.UUID(value["value"])

    def _dict(self, value):
        return {_hashable(self.decode(key)): self.decode(item) for key, item in value["items"]}

    def _set(self, value):
        items = {_hashable(self.decode(item)) for item in value["items"]}
        return frozenset(items) if value.get("frozen") is True else items

    def _datetime(self, value):
        moment = datetime.datetime.fromisoformat(value["iso"])
        if "zone" not in value:
            return moment
        import zoneinfo

        try:
            return moment.astimezone(zoneinfo.ZoneInfo(value["zone"]))
        except zoneinfo.ZoneInfoNotFoundError:
            return moment  # the same moment, where no time zones are installed

    def _date(self, value):
        return datetime.date.fromisoformat(value["iso"])

    def _time(self, value):
        return datetime.time.fromisoformat(value["iso"])

    def _timedelta(self, value):
        if "iso" in value:
            return _of_unit(_pandas().Timedelta(value["iso"]), value)
        return datetime.timedelta(seconds=value["seconds"], microseconds=value["microseconds"])

    def _timestamp(self, value):
        stamp = _pandas().Timestamp(value["iso"])
        stamp = stamp.tz_convert(value["tz"]) if value.get("tz") and stamp.tzinfo is not None else stamp
        return _of_unit(stamp, value)

    def _period(self, value):
        # Without an ordinal it is of an older Aerie, which did not say what it was.
        return _pandas().Period(ordinal=value["ordinal"], freq=value["freq"]) if "ordinal" in value else Context(value)

    def _interval(self, value):
        if "left" not in value:
            return Context(value)
        return _pandas().Interval(self.decode(value["left"]), self.decode(value["right"]), value["closed"])

    def _numpy(self, value):
        np = _numpy()
        dtype = _dtype(np, value["dtype"])
        if "values" in value:
            return [dtype.type(item) for item in self.decode(value["values"])]
        item = self.decode(value["value"])
        if dtype.kind == "V":
            return _array_of(np, dtype, [item])[0]
        if dtype.char == "G" and type(item) is list:
            number = np.empty(1, dtype)
            number.real, number.imag = np.longdouble(item[0]), np.longdouble(item[1])
            return number[0]
        return dtype.type(item)

    def _NaT(self, value):
        return _pandas().NaT

    def _NA(self, value):
        return _pandas().NA

    def _datetime64(self, value):
        return _numpy().array(value["value"], dtype=value["dtype"])[()]

    def _timedelta64(self, value):
        # "50 seconds" of the type `timedelta64[25s]`: its unit without the count in front.
        np, dtype, count = _numpy(), value["dtype"], value["value"].split()[0]
        unit = dtype.partition("[")[2].rstrip("]").lstrip("0123456789")
        span = np.timedelta64("NaT" if count == "NaT" else int(count), *([unit] if unit else []))
        return span.astype(dtype)

    def _ndarray(self, value):
        np = _numpy()
        dtype = _dtype(np, value["dtype"])
        if "file" in value:
            return value if self._folder is None else self._npy(np, value, dtype)
        array = _array_of(np, dtype, self.decode(value["data"])).reshape(value["shape"])
        return array.view(np.recarray) if value.get("record") is True else array

    def _npy(self, np, value, dtype):
        data = _contained(self._folder, value["file"])
        try:
            array = np.load(io.BytesIO(data), allow_pickle=False)
        except (ValueError, EOFError, MemoryError, OverflowError) as error:
            raise ResultsError(f"{value['file']} holds no array that can be read: {error}") from None
        if not isinstance(array, np.ndarray) or array.dtype != dtype or list(array.shape) != value["shape"]:
            raise ResultsError(f"{value['file']} holds another array than the results say")
        return array.view(np.recarray) if value.get("record") is True else array

    def _masked_array(self, value):
        np = _numpy()
        dtype, data = _dtype(np, value["dtype"]), self.decode(value["data"])
        if "mask" in value:
            mask = _array_of(np, np.ma.make_mask_descr(dtype), value["mask"])
        else:
            mask = [item is None for item in data]
            data = [{"S": b"", "U": ""}.get(dtype.kind, 0) if item is None else item for item in data]
        return np.ma.array(_array_of(np, dtype, data), mask=mask).reshape(value["shape"])

    def _from_file(self, value):
        """The value that a series or frame names, from its file."""
        data = _contained(self._folder, value["file"])
        try:
            inner = json.loads(data, parse_constant=_no_constant)
        except ValueError as error:
            raise ResultsError(f"{value['file']} is not JSON as Aerie writes it: {error}") from None
        if not isinstance(inner, dict) or inner.get("$type") != value["$type"] or "file" in inner:
            raise ResultsError(f"{value['file']} holds no {value['$type']}")
        return self.decode(inner)

    def _series(self, value):
        if "file" in value:
            if self._folder is None:
                return value
            series = self._from_file(value)
            return series.array if value.get("array") is True else series
        pd = _pandas()
        name = _hashable(self.decode(value["name"]))
        index, detail = self._index(value["index"]), value.get("detail")
        series = self._column(pd, value["data"], value["dtype"], detail, index, name)
        return series.array if value.get("array") is True else series

    def _column(self, pd, data, dtype, detail, index, name=None):
        return pd.Series(self.decode(data), index=index, name=name, dtype=self._pandas_dtype(pd, dtype, detail))

    def _pandas_dtype(self, pd, dtype, detail):
        if dtype == "str" and int(pd.__version__.split(".")[0]) < 3:
            return "object"  # which is how an older pandas keeps text; its own "str" would turn NaN into "nan"
        if dtype != "category" or detail is None:
            return dtype
        categories = detail["categories"]
        return pd.CategoricalDtype(None if categories is None else self._index(categories), ordered=detail["ordered"])

    def _index(self, value):
        pd = _pandas()
        names = [_hashable(name) for name in self.decode(value["names"])] if "names" in value else None
        if "start" in value:
            return pd.RangeIndex(value["start"], value["stop"], value["step"], name=names[0] if names else None)
        values = self.decode(value["values"])
        levels = value.get("levels", 1)
        if levels > 1:
            types, details = value.get("dtypes") or [None] * levels, value.get("details", {})
            parts = [self._level(pd, [row[place] for row in values], types[place], details.get(str(place))) for place in range(levels)]
            return pd.MultiIndex(levels=[part[0] for part in parts], codes=[part[1] for part in parts], names=names)
        index = self._plain_index(pd, values, value["dtype"], value.get("detail"), names[0] if names else None)
        if "freq" in value:
            index.freq = value["freq"]
        return index

    def _level(self, pd, items, dtype, detail):
        """One level of several, and which of its labels each row has; a missing one is no label."""
        items = [_hashable(item) for item in items]
        present = list(dict.fromkeys(item for item in items if not _missing(pd, item)))
        try:
            present.sort()
        except TypeError:
            pass  # labels without an order stay in the order of their rows
        places = {item: place for place, item in enumerate(present)}
        level = self._plain_index(pd, present, dtype, detail)
        return level, [-1 if _missing(pd, item) else places[item] for item in items]

    def _plain_index(self, pd, items, dtype, detail=None, name=None):
        items = [_hashable(item) for item in items]
        if dtype is not None:
            dtype = self._pandas_dtype(pd, dtype, detail)
        if isinstance(dtype, pd.CategoricalDtype):
            return pd.CategoricalIndex(items, dtype=dtype, name=name)
        if dtype == "object":
            return pd.Index(items, dtype=object, name=name, tupleize_cols=False)
        index = pd.Index(items, name=name, tupleize_cols=False)
        return index if dtype is None or str(index.dtype) == dtype else index.astype(dtype)

    def _dataframe(self, value):
        if "file" in value:
            return value if self._folder is None else self._from_file(value)
        pd = _pandas()
        index, details = self._index(value["index"]), value.get("details", {})
        if len(value["data"]) != len(value["dtypes"]) or len(value["data"]) != len(value["columns"]):
            raise ValueError("its columns, types and data are not as many")
        columns = [
            self._column(pd, data, dtype, details.get(str(place)), index)
            for place, (data, dtype) in enumerate(zip(value["data"], value["dtypes"]))
        ]
        frame = pd.concat(columns, axis=1) if columns else pd.DataFrame(index=index)
        frame.index = index
        if "column_index" in value:
            frame.columns = self._index(value["column_index"])
        elif columns:
            labels = [_hashable(label) for label in self.decode(value["columns"])]
            frame.columns = pd.Index(labels)  # of tuples, which an older Aerie wrote: columns of several levels
        return frame


_TAGS = frozenset(
    "int float str bytes complex decimal fraction uuid dict set datetime date time timedelta timestamp NaT NA "
    "datetime64 timedelta64 ndarray masked_array series dataframe index tuple numpy period interval".split()
)


def _hashable(value):
    return tuple(_hashable(item) for item in value) if isinstance(value, list) else value


def _missing(pd, item):
    return item is None or item is pd.NaT or item is pd.NA or (isinstance(item, float) and item != item)


def _of_unit(value, tag):
    # Before pandas 2 all times are in nanoseconds.
    return value.as_unit(tag["unit"]) if "unit" in tag and hasattr(value, "as_unit") else value


def _array_of(np, dtype, data):
    """A flat array of this type from decoded values; times are integers there."""
    if dtype.itemsize * len(data) > MAX_ARRAY:
        raise ValueError("its type is too large for the values that it has")
    plain = _as_integers(np, dtype)
    if plain.names:
        array = np.array([_record(np, plain, item) for item in data], dtype=plain)
    elif plain.kind == "O":
        # One by one: numpy would take lists among the objects for further axes.
        array = np.empty(len(data), dtype=object)
        for place, item in enumerate(data):
            array[place] = item
    else:
        array = np.array(data, dtype=plain)
    if plain == dtype:
        return array
    return array.astype(dtype) if plain.hasobject else array.view(dtype)


def _record(np, dtype, item):
    if dtype.subdtype is not None:
        return _array_of(np, dtype.base, item).reshape(dtype.shape)
    if not dtype.names:
        return item
    if len(item) != len(dtype.names):
        raise ValueError("a record has not as many fields as its type")
    return tuple(_record(np, dtype[name], part) for name, part in zip(dtype.names, item))


def _as_integers(np, dtype):
    if dtype.subdtype is not None:
        return np.dtype((_as_integers(np, dtype.base), dtype.shape))
    if dtype.names:
        fields = [dtype.fields[name] for name in dtype.names]
        formats = [_as_integers(np, field[0]) for field in fields]
        plan = {"names": list(dtype.names), "formats": formats, "offsets": [field[1] for field in fields], "itemsize": dtype.itemsize}
        return np.dtype(plan) if any(new != field[0] for new, field in zip(formats, fields)) else dtype
    return np.dtype(f"{dtype.byteorder}i8") if dtype.kind in "Mm" else dtype


def _dtype(np, text):
    # The type of a record array is a list of names and types.
    if text.startswith("StringDType"):
        return np.dtypes.StringDType()
    return np.dtype(ast.literal_eval(text) if text.startswith(("[", "{")) else text)


def _contained(folder, name):
    """The bytes of a file that the results name: a path below ``folder`` with plain parts, no link among them."""
    refused = ResultsError(f"the results name the file {name!r}, which is no plain file in the execution's folder")
    if not isinstance(name, str) or "\\" in name or ":" in name or "\0" in name or folder is None:
        raise refused
    parts = name.split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise refused
    path = folder
    try:
        for place, part in enumerate(parts):
            path = os.path.join(path, part)
            mode = os.lstat(path).st_mode
            if not (stat.S_ISREG(mode) if place == len(parts) - 1 else stat.S_ISDIR(mode)):
                raise refused
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
        with open(os.open(path, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise refused
            return file.read()
    except OSError as error:
        raise ResultsError(f"cannot read {path}, which the results name: {error.strerror}") from None
