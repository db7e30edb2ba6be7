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
for name in ("control.put", "control.apply", "control.grant", "control.redeem", "control.authority", "control.rollback", "gate.write", "gate.apply",
             "job.grant", "job.write", "job.start", "job.plan", "job.apply", "control.take_back", "control.Write", "control.write ", "control.write\0", " control.write",
             "CONTROL.WRITE", "control.wr\u0131te", "c\u043entrol.write", "control/write", "control..write", "control.allow", "job.permission", "door.write", "ca.put", ""):
    print(repr(name), send({"call": name, "args": {"protocol": "ca", "writes": [{"channel": "BI:SET", "value": F(4.0)}], "channel": "BI:SET", "value": F(4.0), "id": 1, "mode": "apply"}})[4:140])
