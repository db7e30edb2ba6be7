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
for deep in (100, 127, 128, 129, 5_000, 200_000):
    for o, c in ((b"[", b"]"), (b'{"a":', b"}")):
        body = o * deep + (b"1" if o != b"[" else b"") + c * deep
        print(deep, str(send(b'{"call":"control.write","args":{"protocol":"ca","writes":' + body + b"}}"))[:140])
v = F(1.0)
for _ in range(40): v = {"t": "struct", "id": "x", "v": [["a", v]]}
print(write("BI:SET", v)[4:160])
print(write("BI:STEP", {"t": "struct", "id": "epics:nt/NTScalar:1.0", "v": [["value", F(9.0)]]}, "pva")[4:160])
