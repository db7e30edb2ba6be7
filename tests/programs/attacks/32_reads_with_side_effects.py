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
for c in ("BI:SET.PROC", "BI:STEP.PROC", "BI:LEAD.FLNK", "BI:SLOW.PROC", "BI:SET.DISP", "BI:SET.LSET", "BI:SET.RSET", "BI:SET.DSET", "BI:SET.DPVT", "BI:SET.MLIS", "BI:STEP.TIME", "BI:STEP.NAME", "BI:STEP.RTYP", "BI:STEP.SCAN"):
    for call, args in (("read", {"channels": [c] * 20}), ("describe", {"channel": c}), ("subscribe", {"channel": c})):
        for p in ("ca", "pva"): print(c, call, p, str(send({"call": "control." + call, "args": {"protocol": p, **args, "timeout": 0.3, "value": F(1.0), "request": "record[process=true]"}}))[6:60])
