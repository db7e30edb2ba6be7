"""Python values as strict JSON and back.

Plain JSON stays plain. What it cannot hold becomes an object with ``$type`` (``docs/results.md`` lists them): numbers
that are not finite or larger than 64 bits, keys that are not text, bytes, complex numbers, dates, sets, pandas objects,
arrays with such values. Arrays and frames with more than ``INLINE_ITEMS`` values go to a file and are named.
"""

import base64
import dataclasses
import datetime
import decimal
import enum
import fractions
import json
import math
import pathlib
import sys
import uuid

from aerie_guest.context import Context

INLINE_ITEMS = 10_000
MAX_DEPTH = 100


class ResultsError(TypeError):
    """``results`` holds something that cannot be handed back."""


class ContextError(ValueError):
    """The context holds a tagged value that cannot be read."""


class Encoder:
    """Encodes one value. ``save(name, bytes)`` keeps a large array as a file and gives the path it is found at."""

    def __init__(self, save):
        self._save = save
        self._files = 0
        self._open = set()

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
        if kind in (list, tuple) or (isinstance(value, (list, tuple, dict, set, frozenset))):
            return self._container(value, depth)
        for base, encode in _SIMPLE:
            if isinstance(value, base):
                return encode(value)
        if isinstance(value, enum.Enum):
            return self.encode(value.value, depth + 1)
        numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
        if pandas is not None:
            encoded = self._pandas(pandas, value, depth)
            if encoded is not None:
                return encoded
        if numpy is not None:
            encoded = self._numpy(numpy, value, depth)
            if encoded is not None:
                return encoded
        figure = sys.modules.get("matplotlib.figure")
        if figure is not None and isinstance(value, figure.Figure):
            return {"$type": "figure", "number": getattr(value, "number", None)}
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
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
                plain = all(type(key) is str and key != "$type" and key.isprintable() for key in value)
                if plain:
                    return {key: self.encode(item, depth + 1) for key, item in value.items()}
                items = [[self.encode(key, depth + 1), self.encode(item, depth + 1)] for key, item in value.items()]
                return {"$type": "dict", "items": items}
            if isinstance(value, (set, frozenset)):
                items = [self.encode(item, depth + 1) for item in value]
                return {"$type": "set", "items": sorted(items, key=lambda item: (str(type(item)), str(item)))}
            return [self.encode(item, depth + 1) for item in value]
        finally:
            self._open.discard(mark)

    def _numpy(self, np, value, depth):
        if isinstance(value, np.generic):
            if value.dtype.kind in "Mm":
                return {"$type": "datetime64" if value.dtype.kind == "M" else "timedelta64", "value": str(value), "dtype": str(value.dtype)}
            return self.encode(value.item(), depth + 1) if value.dtype.kind != "V" else None
        if not isinstance(value, np.ndarray):
            return None
        if isinstance(value, np.ma.MaskedArray):
            data = [None if masked else self.encode(item, depth + 1) for item, masked in zip(value.data.ravel().tolist(), np.ma.getmaskarray(value).ravel(), strict=True)]
            return {"$type": "masked_array", "dtype": str(value.dtype), "shape": list(value.shape), "data": data}
        kind = value.dtype.kind
        plain = kind in "biu" or (kind == "f" and value.dtype.itemsize <= 8 and bool(np.isfinite(value).all()))
        if value.size > INLINE_ITEMS and kind in "biufcMmSU":
            import io

            buffer = io.BytesIO()
            np.save(buffer, value, allow_pickle=False)
            path = self._file("npy", buffer.getvalue())
            return {"$type": "ndarray", "dtype": str(value.dtype), "shape": list(value.shape), "file": path}
        if plain:
            return value.tolist()
        flat = value.ravel()
        if kind in "Mm":
            data = flat.astype("int64").tolist()
        else:
            data = [self.encode(item, depth + 1) for item in flat.tolist()]
        return {"$type": "ndarray", "dtype": str(value.dtype), "shape": list(value.shape), "data": data}

    def _pandas(self, pd, value, depth):
        if value is pd.NaT or value is pd.NA:
            return {"$type": "NaT" if value is pd.NaT else "NA"}
        if isinstance(value, pd.Timestamp):
            return {"$type": "timestamp", "iso": value.isoformat(), "tz": None if value.tz is None else str(value.tz)}
        if isinstance(value, pd.Timedelta):
            return {"$type": "timedelta", "iso": value.isoformat()}
        if isinstance(value, (pd.Period, pd.Interval)):
            return {"$type": type(value).__name__.lower(), "value": str(value)}
        if isinstance(value, pd.DataFrame):
            encoded = {
                "$type": "dataframe",
                "columns": [self.encode(column, depth + 1) for column in value.columns.tolist()],
                "dtypes": [str(dtype) for dtype in value.dtypes],
                "index": self._index(pd, value.index, depth),
                "data": [self._column(value.iloc[:, place], depth) for place in range(value.shape[1])],
            }
            return self._maybe_file(encoded, value.size)
        if isinstance(value, pd.Series):
            encoded = {
                "$type": "series",
                "name": self.encode(value.name, depth + 1),
                "dtype": str(value.dtype),
                "index": self._index(pd, value.index, depth),
                "data": self._column(value, depth),
            }
            return self._maybe_file(encoded, value.size)
        if isinstance(value, pd.Index):
            return {"$type": "index", **self._index(pd, value, depth)}
        if isinstance(value, pd.api.extensions.ExtensionArray):
            return self.encode(pd.Series(value), depth + 1)
        return None

    def _column(self, series, depth):
        if series.dtype.kind in "iub" and not hasattr(series.dtype, "na_value"):
            return series.tolist()
        return [self.encode(item, depth + 1) for item in series.tolist()]

    def _index(self, pd, index, depth):
        if isinstance(index, pd.RangeIndex):
            encoded = {"start": index.start, "stop": index.stop, "step": index.step}
        else:
            encoded = {"dtype": str(index.dtype), "values": [self.encode(item, depth + 1) for item in index.tolist()]}
        if index.nlevels > 1:
            encoded["levels"] = index.nlevels
        names = list(index.names)
        if any(name is not None for name in names):
            encoded["names"] = [self.encode(name, depth + 1) for name in names]
        return encoded

    def _maybe_file(self, encoded, size):
        if size <= INLINE_ITEMS:
            return encoded
        text = json.dumps(encoded, allow_nan=False, separators=(",", ":"))
        return {"$type": encoded["$type"], "file": self._file("json", text.encode())}

    def _file(self, suffix, data):
        self._files += 1
        return self._save(f"results_{self._files:02d}.{suffix}", data)


def dumps(value, save):
    """Strict JSON bytes of ``value``."""
    encoded = Encoder(save).encode(value)
    return json.dumps(encoded, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()


def decode(value):
    """The Python value of decoded JSON: tagged objects become what they stand for, other objects :class:`Context`."""
    if type(value) is list:
        return [decode(item) for item in value]
    if type(value) is not dict:
        return value
    kind = value.get("$type")
    restore = _RESTORE.get(kind) if isinstance(kind, str) else None
    if restore is None:
        return Context({key: decode(item) for key, item in value.items()})
    return restore(value)


def _text(text):
    try:
        text.encode()
    except UnicodeEncodeError:
        return {"$type": "str", "base64": base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()}
    return text


def _restore_array(value):
    import numpy as np

    if "data" not in value:
        return Context(value)
    dtype = np.dtype(value["dtype"])
    data = value["data"] if dtype.kind in "Mm" else decode(value["data"])
    if dtype.kind in "Mm":
        array = np.array(data, dtype="int64").view(dtype)
    else:
        array = np.array(data, dtype=dtype)
    return array.reshape(value["shape"])


def _restore_index(value):
    import pandas as pd

    names = decode(value["names"]) if "names" in value else None
    if "start" in value:
        return pd.RangeIndex(value["start"], value["stop"], value["step"], name=names[0] if names else None)
    values = decode(value["values"])
    if value.get("levels", 1) > 1:
        return pd.MultiIndex.from_tuples([tuple(item) for item in values], names=names)
    index = pd.Index(values, name=names[0] if names else None)
    return index if str(index.dtype) == value["dtype"] else index.astype(value["dtype"])


def _restore_series(value):
    import pandas as pd

    if "data" not in value:
        return Context(value)
    name = decode(value["name"])
    return pd.Series(decode(value["data"]), index=_restore_index(value["index"]), name=name, dtype=value["dtype"])


def _restore_frame(value):
    import pandas as pd

    if "data" not in value:
        return Context(value)
    index = _restore_index(value["index"])
    columns = [pd.Series(decode(data), index=index, dtype=dtype) for data, dtype in zip(value["data"], value["dtypes"], strict=True)]
    labels = [tuple(label) if type(label) is list else label for label in decode(value["columns"])]
    frame = pd.concat(columns, axis=1) if columns else pd.DataFrame(index=index)
    frame.columns = labels
    return frame


def _hashable(value):
    return tuple(_hashable(item) for item in value) if isinstance(value, list) else value


def _pandas_scalar(name):
    def restore(value):
        import pandas as pd

        stamp = getattr(pd, name)(value["iso"])
        return stamp.tz_convert(value["tz"]) if value.get("tz") and stamp.tzinfo is not None else stamp

    return restore


def _pandas_constant(name):
    def restore(_):
        import pandas as pd

        return getattr(pd, name)

    return restore


def _numpy_scalar(name):
    def restore(value):
        import numpy as np

        return np.array(value["value"].split()[0], dtype=value["dtype"])[()]

    return restore


def _masked(value):
    import numpy as np

    mask = [item is None for item in value["data"]]
    data = [0 if item is None else decode(item) for item in value["data"]]
    return np.ma.array(np.array(data, dtype=value["dtype"]), mask=mask).reshape(value["shape"])


_SIMPLE = [
    (bytes, lambda value: {"$type": "bytes", "base64": base64.b64encode(value).decode()}),
    (bytearray, lambda value: {"$type": "bytes", "base64": base64.b64encode(bytes(value)).decode()}),
    (complex, lambda value: {"$type": "complex", "value": str(value)}),
    (decimal.Decimal, lambda value: {"$type": "decimal", "value": str(value)}),
    (fractions.Fraction, lambda value: {"$type": "fraction", "value": str(value)}),
    (pathlib.PurePath, lambda value: str(value)),
    (uuid.UUID, lambda value: {"$type": "uuid", "value": str(value)}),
]


def _dates(value):
    if isinstance(value, datetime.datetime):
        return {"$type": "datetime", "iso": value.isoformat()}
    if isinstance(value, datetime.date):
        return {"$type": "date", "iso": value.isoformat()}
    if isinstance(value, datetime.time):
        return {"$type": "time", "iso": value.isoformat()}
    return {"$type": "timedelta", "seconds": value.days * 86_400 + value.seconds, "microseconds": value.microseconds}


def _is_plain_date(value):
    return type(value).__module__ == "datetime"


class _PlainDate(type):
    def __instancecheck__(cls, value):
        return _is_plain_date(value) and isinstance(value, (datetime.date, datetime.time, datetime.timedelta))


class _Dates(metaclass=_PlainDate):
    """Dates of the standard library, not their pandas subclasses."""


_SIMPLE.append((_Dates, _dates))


def _timedelta(value):
    if "iso" in value:
        return _pandas_scalar("Timedelta")(value)
    return datetime.timedelta(seconds=value["seconds"], microseconds=value["microseconds"])


_RESTORE = {
    "int": lambda value: int(value["value"]),
    "float": lambda value: float(value["value"]),
    "str": lambda value: base64.b64decode(value["base64"], validate=True).decode("utf-8", "surrogatepass"),
    "bytes": lambda value: base64.b64decode(value["base64"], validate=True),
    "complex": lambda value: complex(value["value"]),
    "decimal": lambda value: decimal.Decimal(value["value"]),
    "fraction": lambda value: fractions.Fraction(value["value"]),
    "uuid": lambda value: uuid.UUID(value["value"]),
    "dict": lambda value: {_hashable(decode(key)): decode(item) for key, item in value["items"]},
    "set": lambda value: {_hashable(decode(item)) for item in value["items"]},
    "datetime": lambda value: datetime.datetime.fromisoformat(value["iso"]),
    "date": lambda value: datetime.date.fromisoformat(value["iso"]),
    "time": lambda value: datetime.time.fromisoformat(value["iso"]),
    "timedelta": _timedelta,
    "timestamp": _pandas_scalar("Timestamp"),
    "NaT": _pandas_constant("NaT"),
    "NA": _pandas_constant("NA"),
    "datetime64": _numpy_scalar("datetime64"),
    "timedelta64": lambda value: __import__("numpy").timedelta64(int(value["value"].split()[0]), value["dtype"].split("[")[1][:-1]),
    "ndarray": _restore_array,
    "masked_array": _masked,
    "series": _restore_series,
    "dataframe": _restore_frame,
    "index": _restore_index,
}
