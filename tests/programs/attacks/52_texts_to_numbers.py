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
for c in ("BI:STEP", "BI:SET", "BI:COUNT", "BI:NODRV", "BI:MODE", "BI:CHARS", "BI:NAME", "BI:LNAME"):
    for v in ("1", "1.0", "2; BI:SET=3", "x" * 39, "x" * 40, "x" * 5000, "a\0b", "", "\u00e9" * 39):
        print(c, ascii(v)[:20], str(write(c, {"t": "text", "v": v}))[6:120])
