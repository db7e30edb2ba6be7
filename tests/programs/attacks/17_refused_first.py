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
for ch, v in (("BI:BULK0", 1.0), ("BI:STEP", 5000.0), ("BI:STEP.PROC", 1.0), ("BI:STEP", "text"), ("BI:STEP", 1.0), ("BI:STEP", 2.0), ("BI:SET", 3.0)):
    print(write(ch, {"t": "text", "v": v} if isinstance(v, str) else F(v))[4:250])
