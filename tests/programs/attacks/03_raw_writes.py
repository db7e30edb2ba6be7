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
for ch in ("BI:SET", "BI:STEP", "BI:MODE", "BI:COUNT", "BI:NODRV", "BI:BULK0", "BI:BULK999", "BI:SHUTTER"):
    for proto in ("ca", "pva", "site", "tango"):
        for v in (F(3.0), {"t": "int", "v": 2}, {"t": "enum", "v": 2}, {"t": "bool", "v": True}):
            print(ch, proto, write(ch, v, proto)[4:160])
