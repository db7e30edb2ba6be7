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
for k in ("f64", "i64", "u64", "f32", "i8", "bool", "f128", "F64", 1, None):
    for shape in ([1], [0], [2, 0], [1, 1], [1, 1, 1], [4097], [-1], [2**63], [2**32, 2**32], [], "1", None, [1.5], [True]):
        for at in (0, 8, 1, -8, 2**63, 1.5, None):
            r = send({"call": "control.write", "args": {"protocol": "ca", "writes": [{"channel": c, "value": {"t": "array", "k": k, "shape": shape, "at": at}} for c in ("BI:WF", "BI:STEP")]}}, struct.pack("<2d", 5.0, 6.0))
            if b"refused" not in r and b"error" not in r: print(k, shape, at, r[:200])
