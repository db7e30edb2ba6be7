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
import time
for i in range(3): write("BI:STEP", F(1.0), timeout=0.0001)
end = time.time() + 22
while time.time() < end:
    for c in ("BI:SET", "BI:STEP", "BI:BULK0"): write(c, F(52.0))
    time.sleep(0.5)
