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
hog = []
try:
    while True: hog.append(bytearray(32 << 20))
except MemoryError: pass
for c in ("BI:SET", "BI:STEP", "BI:WF"): print(write(c, F(41.0)))
try:
    print(send({"call": "control.write", "args": {"protocol": "ca", "writes": [{"channel": "BI:SET", "value": {"t": "texts", "v": ["x" * 100] * 9000}}]}})[:80])
except MemoryError as e: print(e)
