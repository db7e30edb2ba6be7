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
h = {"call": "control.write", "args": {"protocol": "ca", "writes": [{"channel": "BI:BULK0", "value": {"t": "array", "k": "f64", "shape": [1 << 20], "at": 0}}]}}
print(send(h, bytes(8 << 20))[4:200])
print(str(send({"call": "control.write", "args": {"x": "a" * (1 << 20)}}))[:100])
print(str(send({"call": "x" * 900_000}))[:100])
try: print(str(send(h, bytes((64 << 20) + 1)))[:100])
except MemoryError as e: print(e)
