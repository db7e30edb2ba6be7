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
for c in ("\uff22I:SET", "BI\uff1aSET", "BI\u2236SET", "B\u0406:SET", "BI:S\u0415T", "BI:SET\u200b", "\u202eTES:IB", "BI:SET\u00a0", "BI:SET\u0000", "BI:STEP\u0000.DRVH", "BI:SET\ud800", "BI:SET\u0301", "\ufeffBI:SET"):
    for p in ("ca", "pva", "tango", "site"): print(ascii(c), p, str(write(c, F(4.0), p))[6:120])
