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
print(len(send({"call": "control.write", "args": {"protocol": "ca", "writes": [{"channel": "BI:SET", "value": F(float(i % 50))} for i in range(10_000)]}})))
print(len(send({"call": "control.write", "args": {"protocol": "ca", "writes": [{"channel": f"BI:BULK{i % 1000}", "value": F(3.0)} for i in range(10_001)]}})))
for i in range(300): write(f"BI:BULK{i}", F(-1.0))
