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
# LEAD moves FOLLOW; INTLK opens LOCKED; DISABLED is disabled.
for c in ("BI:LEAD", "BI:FOLLOW", "BI:LEAD:LINK", "BI:LEAD:LINK.A", "BI:LEAD:LINK.OUT", "BI:INTLK", "BI:LOCKED", "BI:DISABLED", "BI:DISABLED.DISP", "BI:SLOW.A", "BI:RAMP", "BI:RBV", "BI:RBV.INP", "BI:STEP.FLNK", "BI:STEP.DOL"):
    for p in ("ca", "pva"): print(c, p, str(write(c, F(1.0), p))[6:140])
