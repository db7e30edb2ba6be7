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
print(send({"call": "job.finish", "args": {"exit_status": 0, "error": None}}, b'{"all":"well"}'))
for c in ("BI:SET", "BI:STEP", "BI:NAME"): print(write(c, F(23.0))[4:200])
print(send({"call": "job.finish", "args": {"exit_status": 0, "error": None}}, b'{"all":"well"}'))
print(send({"call": "job.start"})[:200])
