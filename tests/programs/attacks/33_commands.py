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
for p in ("ca", "pva", "tango", "site"):
    for c in ("BI:SET", "BI:SET()", "BI/SET/VAL/x()", "BI:STEP.PROC", "tango://127.0.0.1:26164/a/b/c/d()#dbase=no"):
        print(p, c, str(send({"call": "control.command", "args": {"protocol": p, "channel": c, "argument": F(3.0), "timeout": 1}}))[6:140])
        print(p, c, str(write(c, F(3.0), p))[6:140])
