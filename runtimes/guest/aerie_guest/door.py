"""The door to the host: one request, one reply.

A frame is a little-endian u32 length of the header, the header (a JSON object in UTF-8), then bulk bytes.
"""

import json

import _host

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_decode = json.JSONDecoder().decode


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
    error = header.get("error")
    if error is not None:
        raise HostError(error["type"], error["message"], error.get("reason"))
    return header.get("value"), memoryview(reply)[end:]
