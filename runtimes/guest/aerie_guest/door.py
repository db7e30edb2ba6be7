"""The door to the host: one request, one reply.

A frame is a little-endian u32 length of the header, the header (a JSON object in UTF-8), then bulk bytes.
"""

import _host

# Called with a reply's `clock`. Only hosts outside the sandbox send one; in the sandbox the host itself is the clock.
on_clock = None


def _codec():
    """JSON by the functions in C that ``json`` itself uses: the rest of it costs a cold start more than all else here."""
    try:
        from _json import encode_basestring_ascii, make_encoder, make_scanner

        chunks = make_encoder(None, _no_json, encode_basestring_ascii, None, ":", ",", False, False, False)
        scan = make_scanner(_Strict)
    except (ImportError, AttributeError, TypeError):  # another Python, whose `json` is made otherwise
        import json

        return json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode, json.JSONDecoder().decode
    return (lambda value: "".join(chunks(value, 0))), (lambda text: scan(text, 0)[0])


def _no_json(value):
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


class _Strict:
    """How replies are read: as ``json`` does by default. The host sends no NaN."""

    strict = True
    object_hook = object_pairs_hook = array_hook = None
    parse_float, parse_int, parse_constant = float, int, float
    memo = {}


_encode, _decode = _codec()


class HostError(Exception):
    """The host refused or could not answer a call. ``kind`` names why, ``reason`` is a finer code or None."""

    def __init__(self, kind, message, reason=None):
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message
        self.reason = reason


def call(name, args=None, payload=b""):
    """Asks the host; gives ``(value, bulk)``. Raises :class:`HostError` with the host's words."""
    header = _encode({"call": name, "args": args or {}}).encode()
    reply = _host.call(b"".join((len(header).to_bytes(4, "little"), header, payload)))
    end = 4 + int.from_bytes(reply[:4], "little")
    header = _decode(reply[4:end].decode())
    clock = header.get("clock")
    if clock is not None and on_clock is not None:
        on_clock(clock)
    error = header.get("error")
    if error is not None:
        raise HostError(error["type"], error["message"], error.get("reason"))
    return header.get("value"), memoryview(reply)[end:]
