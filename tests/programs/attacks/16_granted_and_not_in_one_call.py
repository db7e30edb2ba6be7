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
w = lambda *cv: print(send({"call": "control.write", "args": {"protocol": "ca", "writes": [{"channel": c, "value": F(v)} for c, v in cv], "stop_on_failure": False}})[4:600])
w(("BI:STEP", 1.0), ("BI:SET", 2.0), ("BI:STEP", 2.0), ("BI:BULK0", 3.0))
w(("BI:SET", 2.0), ("BI:STEP", 1.0))
w(("BI:STEP", 5.0))
