"""Results of Aerie's executions as Python objects, for any Python from 3.9 on. One file, no dependencies.

    import aerie_results
    results = aerie_results.load("execution_20261122_185559_beam_lifetime_pg1dap9d")

What JSON cannot hold is an object with ``$type`` in ``results.json`` (Aerie's ``docs/results.md`` lists them); here it
becomes what it stands for. Arrays and dates of numpy, and tables and times of pandas, need those packages.

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
    return decode(_json(path), os.path.dirname(os.path.abspath(path)))


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
        return base64.b64decode(value["base64"], validate=True)

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
        return {_hashable(self.decode(item)) for item in value["items"]}

    def _datetime(self, value):
        return datetime.datetime.fromisoformat(value["iso"])

    def _date(self, value):
        return datetime.date.fromisoformat(value["iso"])

    def _time(self, value):
        return datetime.time.fromisoformat(value["iso"])

    def _timedelta(self, value):
        if "iso" in value:
            return _pandas().Timedelta(value["iso"])
        return datetime.timedelta(seconds=value["seconds"], microseconds=value["microseconds"])

    def _timestamp(self, value):
        stamp = _pandas().Timestamp(value["iso"])
        return stamp.tz_convert(value["tz"]) if value.get("tz") and stamp.tzinfo is not None else stamp

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
        if dtype.kind in "Mm":
            return np.array(value["data"], dtype="int64").view(dtype).reshape(value["shape"])
        data = self.decode(value["data"])
        if dtype.itemsize * len(data) > MAX_ARRAY:
            raise ValueError("its type is too large for the values that it has")
        if dtype.kind == "V":
            return np.array([tuple(item) for item in data], dtype=dtype).reshape(value["shape"])
        if dtype.kind != "O":
            return np.array(data, dtype=dtype).reshape(value["shape"])
        # One by one: numpy would take lists among the objects for further axes.
        array = np.empty(len(data), dtype=object)
        for place, item in enumerate(data):
            array[place] = item
        return array.reshape(value["shape"])

    def _npy(self, np, value, dtype):
        data = _contained(self._folder, value["file"])
        try:
            array = np.load(io.BytesIO(data), allow_pickle=False)
        except (ValueError, EOFError, MemoryError, OverflowError) as error:
            raise ResultsError(f"{value['file']} holds no array that can be read: {error}") from None
        if not isinstance(array, np.ndarray) or array.dtype != dtype or list(array.shape) != value["shape"]:
            raise ResultsError(f"{value['file']} holds another array than the results say")
        return array

    def _masked_array(self, value):
        np = _numpy()
        mask = [item is None for item in value["data"]]
        data = [0 if item is None else self.decode(item) for item in value["data"]]
        dtype = _dtype(np, value["dtype"])
        if dtype.itemsize * len(data) > MAX_ARRAY:
            raise ValueError("its type is too large for the values that it has")
        return np.ma.array(np.array(data, dtype=dtype), mask=mask).reshape(value["shape"])

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
            return value if self._folder is None else self._from_file(value)
        pd = _pandas()
        name = _hashable(self.decode(value["name"]))
        return self._column(pd, value["data"], value["dtype"], self._index(value["index"]), name)

    def _column(self, pd, data, dtype, index, name=None):
        if dtype == "str" and int(pd.__version__.split(".")[0]) < 3:
            dtype = "object"  # which is how an older pandas keeps text; its own "str" would turn NaN into "nan"
        if dtype.startswith(("period[", "interval[")):
            dtype = "object"  # their values do not come back
        return pd.Series(self.decode(data), index=index, name=name, dtype=dtype)

    def _index(self, value):
        pd = _pandas()
        names = [_hashable(name) for name in self.decode(value["names"])] if "names" in value else None
        if "start" in value:
            return pd.RangeIndex(value["start"], value["stop"], value["step"], name=names[0] if names else None)
        values = self.decode(value["values"])
        if value.get("levels", 1) > 1:
            if not values:
                return pd.MultiIndex.from_arrays([[] for _ in range(value["levels"])], names=names)
            return pd.MultiIndex.from_tuples([tuple(item) for item in values], names=names)
        index = pd.Index([_hashable(item) for item in values], name=names[0] if names else None, tupleize_cols=False)
        dtype = value["dtype"]
        if str(index.dtype) == dtype or dtype.startswith(("period[", "interval[")):
            return index
        return index.astype("object" if dtype == "str" and int(pd.__version__.split(".")[0]) < 3 else dtype)

    def _dataframe(self, value):
        if "file" in value:
            return value if self._folder is None else self._from_file(value)
        pd = _pandas()
        index = self._index(value["index"])
        if len(value["data"]) != len(value["dtypes"]) or len(value["data"]) != len(value["columns"]):
            raise ValueError("its columns, types and data are not as many")
        columns = [self._column(pd, data, dtype, index) for data, dtype in zip(value["data"], value["dtypes"])]
        labels = [_hashable(label) for label in self.decode(value["columns"])]
        frame = pd.concat(columns, axis=1) if columns else pd.DataFrame(index=index)
        if columns:
            frame.columns = pd.Index(labels)  # of tuples: columns of several levels
        return frame


_TAGS = frozenset(
    "int float str bytes complex decimal fraction uuid dict set datetime date time timedelta timestamp NaT NA "
    "datetime64 timedelta64 ndarray masked_array series dataframe index".split()
)


def _hashable(value):
    return tuple(_hashable(item) for item in value) if isinstance(value, list) else value


def _dtype(np, text):
    # The type of a record array is a list of names and types.
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
