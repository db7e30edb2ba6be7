import _host, json, struct
def frame(head, payload=b"", n=None):
    h = head if isinstance(head, bytes) else json.dumps(head).encode()
    return struct.pack("<I", len(h) if n is None else n) + h + payload
def send(head, payload=b"", n=None):
    try:
        return bytes(_host.call(frame(head, payload, n)))
    except BaseException as e:
        return repr(e)
def write(ch, v, proto="ca", **k):
    return send({"call": "control.write", "args": {"protocol": proto, "writes": [{"channel": ch, "value": v}], **k}})
F = lambda v: {"t": "float", "v": v}
for v in ({"t": "text", "v": "On"}, {"t": "text", "v": "on "}, {"t": "text", "v": "2"}, {"t": "enum", "v": 2}, {"t": "enum", "v": 4294967295}, {"t": "enum", "v": 65538}, {"t": "int", "v": -1}, {"t": "float", "v": 2.0000000001}, {"t": "texts", "v": ["On"]}, {"t": "array", "k": "u8", "shape": [1], "at": 0}):
    for p in ("ca", "pva"): print(v, p, str(send({"call": "control.write", "args": {"protocol": p, "writes": [{"channel": "BI:MODE", "value": v}]}}, b"\2" * 8))[6:180])
