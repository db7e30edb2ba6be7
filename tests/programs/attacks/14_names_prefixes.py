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
for c in ("ca://BI:SET", "pva://BI:SET", "ca:BI:SET", "tango://BI:SET", "tango://127.0.0.1:1/BI/SET/VAL/x#dbase=no", "BI:SET,BI:STEP", "BI:STEP BI:SET", "BI:STEP\nBI:SET", "BI:SET;", "BI:SET/", "/BI:SET", "./BI:SET", "BI:SET?request=record[process=true]", "BI:SET&x",
          "BI:*", "BI:S?T", "BI:[S]ET", "re:BI:SET", "exact:BI:SET", "", " ", "BI:", "X" * 255, "X" * 256, "X" * 100_000, "%42I:SET", "BI%3ASET", "\\BI:SET", "'BI:SET'", '"BI:SET"', "$(P)SET", "${P}SET", "BI:SET#x", "BI:STEP/../SET", "BI:SET.VAL;BI:STEP"):
    for p in ("ca", "pva", "tango", "site"):
        x = write(c, F(3.0), p); print(c[:40], p, str(x)[6:100])
