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
# The default tolerance of a readback is 1e-6 of the value or 1e-9 of the limits' span: 2e-6 for STEP.
for d in (1.9e-6, 1e-6, 1e-7, 1e-9, 1e-12): print(d, write("BI:STEP", F(1.0 + d))[4:250])
