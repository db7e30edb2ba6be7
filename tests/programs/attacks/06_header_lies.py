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
W = json.dumps({"call": "control.write", "args": {"protocol": "ca", "writes": [{"channel": "BI:SET", "value": F(4.0)}]}}).encode()
R = json.dumps({"call": "control.read", "args": {"protocol": "ca", "channels": ["BI:SET"]}}).encode()
for n in (0, 1, len(W) - 1, len(W) + 1, 2**31, 2**32 - 1, 2**20 + 1, 2**20):
    print(n, send(W, b"", n)[:120])
print(send(R, struct.pack("<I", len(W)) + W)[:80])            # a second frame behind the first
for raw in (b"", b"\0", b"\0\0\0", b"\0\0\0\0", W, b"\xff" * 64, struct.pack("<I", 2) + b"{}", struct.pack("<I", 4) + b"null", struct.pack("<I", 2) + b"[]"):
    try: print(bytes(_host.call(raw))[:100])
    except BaseException as e: print(repr(e))
for o in (None, 1, "x", [], memoryview(b"abcdef")[::2], bytearray(b"\2\0\0\0{}")):
    try: print(bytes(_host.call(o))[:100])
    except BaseException as e: print(repr(e))
