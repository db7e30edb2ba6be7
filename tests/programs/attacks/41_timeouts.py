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
for t in (0, -1, 1e-9, 1e308, 0.0, "5", None, True, [1], 1e10):
    for c in ("BI:SET", "BI:STEP", "BI:SLOW.A"):
        h = {"call": "control.write", "args": {"protocol": "ca", "writes": [{"channel": c, "value": F(51.0), "timeout": t}]}}
        print(t, c, str(send(h))[6:160])
