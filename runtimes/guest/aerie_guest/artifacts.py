"""``save_artifact``: keeps an object as a file beside the results."""

import sys

from aerie_guest import door

_UNSAFE = r"[^\w.\-+=() ]+"


def save_artifact(obj, title=None, name=None):
    """Keeps ``obj`` as a file of the execution and gives its path.

    A figure becomes a PNG, a table a CSV, an array a ``.npy``, text a ``.txt``, bytes a ``.bin``, and dictionaries and
    lists JSON. ``title`` says what it is; ``name`` is the file's name, made from the title if it is not given.
    """
    data, suffix = _render(obj)
    if name is None:
        import re

        stem = re.sub(_UNSAFE, "_", title or "artifact").strip("_. ")[:80] or "artifact"
        name = stem + suffix
    return keep(str(name), data, str(title or name)[:200])


def keep(name, data, title=""):
    """Hands one file to the host."""
    try:
        door.call("job.artifact", {"name": name, "title": title}, data)
    except door.HostError as error:
        if "may not" in error.message:
            import errno

            raise OSError(errno.EDQUOT, error.message) from None
        raise ValueError(error.message) from None
    return f"artifacts/{name}"


def _render(obj):
    figure = sys.modules.get("matplotlib.figure")
    if figure is not None and isinstance(obj, figure.Figure):
        from aerie_guest.figures import render

        return render(obj, "png"), ".png"
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(obj, (pandas.DataFrame, pandas.Series)):
        return obj.to_csv().encode(), ".csv"
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(obj, numpy.ndarray):
        import io

        buffer = io.BytesIO()
        numpy.save(buffer, obj, allow_pickle=False)
        return buffer.getvalue(), ".npy"
    if isinstance(obj, str):
        return obj.encode(), ".txt"
    if isinstance(obj, (bytes, bytearray, memoryview)):
        return bytes(obj), ".bin"
    if isinstance(obj, (dict, list, tuple)):
        import json

        from aerie_guest import values

        encoded = values.Encoder(keep).encode(obj)
        return json.dumps(encoded, allow_nan=False, ensure_ascii=False, indent=2).encode(), ".json"
    kind = type(obj)
    raise TypeError(
        f"save_artifact cannot keep a {kind.__module__}.{kind.__qualname__}: give it a matplotlib figure, a pandas "
        "table, a numpy array, text, bytes, or dictionaries and lists"
    )
