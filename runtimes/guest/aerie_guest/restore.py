"""Tagged JSON as the Python values that it stands for: the other way of ``aerie_guest.values``."""

from aerie_guest.context import Context

# Where files lie that the context may name.
INPUTS = "/inputs/"


class ContextError(ValueError):
    """The context holds a tagged value that cannot be read."""


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


def as_integers(np, dtype):
    """The type with integers where it has times: Python's own times hold less."""
    if dtype.subdtype is not None:
        return np.dtype((as_integers(np, dtype.base), dtype.shape))
    if dtype.names:
        fields = [dtype.fields[name] for name in dtype.names]
        formats = [as_integers(np, field[0]) for field in fields]
        plan = {"names": list(dtype.names), "formats": formats, "offsets": [field[1] for field in fields], "itemsize": dtype.itemsize}
        return np.dtype(plan) if any(new != field[0] for new, field in zip(formats, fields, strict=True)) else dtype
    return np.dtype(f"{dtype.byteorder}i8") if dtype.kind in "Mm" else dtype


def _from_file(value):
    """The bytes of a file that a tagged value names, if it is one of the inputs; ``None`` for any other."""
    name = value["file"]
    if not isinstance(name, str) or not name.startswith(INPUTS) or ".." in name.split("/"):
        return None
    try:
        with open(name, "rb") as file:
            return file.read()
    except OSError as error:
        raise ContextError(f"it names the file {name}, which cannot be read: {error.strerror}") from None


def _restore_array(value):
    import numpy as np

    dtype = _dtype(np, value["dtype"])
    if "file" in value:
        data = _from_file(value)
        if data is None:
            return Context(value)
        try:
            import io

            array = np.load(io.BytesIO(data), allow_pickle=False)
        except (ValueError, EOFError, OverflowError) as error:
            raise ContextError(f"{value['file']} holds no array that can be read: {error}") from None
        if not isinstance(array, np.ndarray) or array.dtype != dtype or list(array.shape) != value["shape"]:
            raise ContextError(f"{value['file']} holds another array than the context says")
    else:
        array = _array_of(np, dtype, decode(value["data"])).reshape(value["shape"])
    return array.view(np.recarray) if value.get("record") is True else array


def _array_of(np, dtype, data):
    """A flat array of this type from decoded values."""
    plain = as_integers(np, dtype)
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
    return tuple(_record(np, dtype[name], part) for name, part in zip(dtype.names, item, strict=True))


def _dtype(np, text):
    # The type of a record array is a list of names and types.
    if text.startswith("StringDType"):
        return np.dtypes.StringDType()
    if not text.startswith(("[", "{")):
        return np.dtype(text)
    import ast

    return np.dtype(ast.literal_eval(text))


def _restore_table(restore):
    def whole(value):
        if "file" not in value:
            return restore(value)
        data = _from_file(value)
        if data is None:
            return Context(value)
        import json

        inner = json.loads(data)
        if not isinstance(inner, dict) or inner.get("$type") != value["$type"] or "file" in inner:
            raise ContextError(f"{value['file']} holds no {value['$type']}")
        table = restore(inner)
        return table.array if value.get("array") is True else table

    return whole


def _restore_index(value):
    import pandas as pd

    names = [_hashable(name) for name in decode(value["names"])] if "names" in value else None
    if "start" in value:
        return pd.RangeIndex(value["start"], value["stop"], value["step"], name=names[0] if names else None)
    values = decode(value["values"])
    levels = value.get("levels", 1)
    if levels > 1:
        types, details = value.get("dtypes") or [None] * levels, value.get("details", {})
        parts = [[row[place] for row in values] for place in range(levels)]
        parts = [_restore_level(pd, part, types[place], details.get(str(place))) for place, part in enumerate(parts)]
        uniques, codes = zip(*parts, strict=True)
        return pd.MultiIndex(levels=uniques, codes=codes, names=names)
    index = _restore_labels(pd, values, value["dtype"], value.get("detail"), names[0] if names else None)
    if "freq" in value:
        index.freq = value["freq"]
    return index


def _restore_level(pd, items, dtype, detail):
    """One level of several, and which of its labels each row has; a missing one is no label."""
    items = [_hashable(item) for item in items]
    present = list(dict.fromkeys(item for item in items if not _missing(pd, item)))
    try:
        present.sort()
    except TypeError:
        pass  # labels without an order stay in the order of their rows
    places = {item: place for place, item in enumerate(present)}
    level = _restore_labels(pd, present, dtype, detail)
    return level, [-1 if _missing(pd, item) else places[item] for item in items]


def _missing(pd, item):
    return item is None or item is pd.NaT or item is pd.NA or (isinstance(item, float) and item != item)


def _restore_labels(pd, items, dtype, detail=None, name=None):
    items = [_hashable(item) for item in items]
    if dtype is None:
        return pd.Index(items, name=name, tupleize_cols=False)
    if dtype == "category":
        return pd.CategoricalIndex(items, dtype=_restore_dtype(pd, dtype, detail), name=name)
    if dtype == "object":
        return pd.Index(items, dtype=object, name=name, tupleize_cols=False)
    index = pd.Index(items, name=name, tupleize_cols=False)
    return index if str(index.dtype) == dtype else index.astype(dtype)


def _restore_dtype(pd, dtype, detail):
    if dtype != "category" or detail is None:
        return dtype
    categories = detail["categories"]
    return pd.CategoricalDtype(None if categories is None else _restore_index(categories), ordered=detail["ordered"])


def _restore_column(pd, data, dtype, detail, index, name=None):
    data = decode(data)
    if type(data) is not list:
        raise ContextError("the data of a column is no list")
    return pd.Series(data, index=index, name=name, dtype=_restore_dtype(pd, dtype, detail))


def _restore_series(value):
    import pandas as pd

    name, index = _hashable(decode(value["name"])), _restore_index(value["index"])
    series = _restore_column(pd, value["data"], value["dtype"], value.get("detail"), index, name)
    return series.array if value.get("array") is True else series


def _restore_frame(value):
    import pandas as pd

    index, details = _restore_index(value["index"]), value.get("details", {})
    columns = [
        _restore_column(pd, data, dtype, details.get(str(place)), index)
        for place, (data, dtype) in enumerate(zip(value["data"], value["dtypes"], strict=True))
    ]
    frame = pd.concat(columns, axis=1) if columns else pd.DataFrame(index=index)
    frame.index = index
    if "column_index" in value:
        frame.columns = _restore_index(value["column_index"])
    elif columns:
        labels = [_hashable(label) for label in decode(value["columns"])]
        # Text that is not all text is of the type object; labels that are tuples stay one level.
        frame.columns = pd.Index(labels, tupleize_cols=False)
    return frame


def _hashable(value):
    return tuple(_hashable(item) for item in value) if isinstance(value, list) else value


def _restore_numpy(value):
    import numpy as np

    dtype = _dtype(np, value["dtype"])
    if "values" in value:
        return [dtype.type(item) for item in decode(value["values"])]
    item = decode(value["value"])
    if dtype.kind == "V":
        return _array_of(np, dtype, [item])[0]
    if dtype.char == "G" and type(item) is list:
        number = np.empty(1, dtype)
        number.real, number.imag = np.longdouble(item[0]), np.longdouble(item[1])
        return number[0]
    return dtype.type(item)


def _restore_period(value):
    import pandas as pd

    # Without a frequency it is of an older Aerie, which did not say it.
    return pd.Period(ordinal=value["ordinal"], freq=value["freq"]) if "ordinal" in value else Context(value)


def _restore_interval(value):
    import pandas as pd

    return pd.Interval(decode(value["left"]), decode(value["right"]), value["closed"]) if "left" in value else Context(value)


def _pandas_scalar(name):
    def restore(value):
        import pandas as pd

        stamp = getattr(pd, name)(value["iso"])
        stamp = stamp.tz_convert(value["tz"]) if value.get("tz") and stamp.tzinfo is not None else stamp
        return stamp.as_unit(value["unit"]) if "unit" in value else stamp

    return restore


def _pandas_constant(name):
    def restore(_):
        import pandas as pd

        return getattr(pd, name)

    return restore


def _restore_datetime64(value):
    import numpy as np

    return np.array(value["value"], dtype=value["dtype"])[()]


def _restore_timedelta64(value):
    import numpy as np

    # "50 seconds" of the type `timedelta64[25s]`: its unit without the count in front.
    dtype, count = value["dtype"], value["value"].split()[0]
    unit = dtype.partition("[")[2].rstrip("]").lstrip("0123456789")
    return np.timedelta64("NaT" if count == "NaT" else int(count), *([unit] if unit else [])).astype(dtype)


def _restore_masked(value):
    import numpy as np

    dtype, data = _dtype(np, value["dtype"]), decode(value["data"])
    if "mask" in value:
        masks = np.ma.make_mask_descr(dtype)
        mask = _array_of(np, masks, value["mask"])
    else:
        mask = [item is None for item in data]
        data = [_nothing(dtype) if item is None else item for item in data]
    return np.ma.array(_array_of(np, dtype, data), mask=mask).reshape(value["shape"])


def _nothing(dtype):
    return {"S": b"", "U": ""}.get(dtype.kind, 0)


def _restore_moment(value):
    import datetime

    moment = datetime.datetime.fromisoformat(value["iso"])
    if "zone" not in value:
        return moment
    import zoneinfo

    return moment.astimezone(zoneinfo.ZoneInfo(value["zone"]))


def _restore_set(value):
    items = {_hashable(decode(item)) for item in value["items"]}
    return frozenset(items) if value.get("frozen") is True else items


def _timedelta(value):
    if "iso" in value:
        return _pandas_scalar("Timedelta")(value)
    import datetime

    return datetime.timedelta(seconds=value["seconds"], microseconds=value["microseconds"])


def _base64(value):
    import base64

    return base64.b64decode(value["base64"], validate=True)


def _standard(module, name):
    """Reads a type of the standard library, imported when there is such a value: most contexts have none."""
    return lambda value: getattr(__import__(module), name)(value["value"])


def _from_iso(name):
    return lambda value: getattr(__import__("datetime"), name).fromisoformat(value["iso"])


_RESTORE = {
    "int": lambda value: int(value["value"]),
    "float": lambda value: float(value["value"]),
    "str": lambda value: _base64(value).decode("utf-8", "surrogatepass"),
    "bytes": lambda value: (bytearray if value.get("mutable") is True else bytes)(_base64(value)),
    "complex": lambda value: complex(value["value"]),
    "decimal": _standard("decimal", "Decimal"),
    "fraction": _standard("fractions", "Fraction"),
    "uuid": _standard("uuid", "UUID"),
    "dict": lambda value: {_hashable(decode(key)): decode(item) for key, item in value["items"]},
    "set": _restore_set,
    "datetime": _restore_moment,
    "date": _from_iso("date"),
    "time": _from_iso("time"),
    "timedelta": _timedelta,
    "timestamp": _pandas_scalar("Timestamp"),
    "NaT": _pandas_constant("NaT"),
    "NA": _pandas_constant("NA"),
    "period": _restore_period,
    "interval": _restore_interval,
    "datetime64": _restore_datetime64,
    "timedelta64": _restore_timedelta64,
    "tuple": lambda value: tuple(decode(value["items"])),
    "numpy": _restore_numpy,
    "ndarray": _restore_array,
    "masked_array": _restore_masked,
    "series": _restore_table(_restore_series),
    "dataframe": _restore_table(_restore_frame),
    "index": _restore_index,
}
