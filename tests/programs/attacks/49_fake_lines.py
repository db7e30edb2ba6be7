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
def w(c, v, line): return send({"call": "control.write", "args": {"protocol": "ca", "writes": [{"channel": c, "value": F(v)}], "line": line}})
for l in (1, 2**31, 2**32 - 1, 2**32, -1, 1.5, "3", None): print(l, str(w("BI:STEP", 1.0, l))[6:120])
w("BI:SET", 3.0, 1)
