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
# The value is taken when it is encoded; change it between the look and the use.
import epics, aerie_guest.control as c, aerie_guest.door as d
real = d._host.call if hasattr(d, "_host") else None
class H:
    @staticmethod
    def call(b): return _host.call(b.replace(b'"BI:STEP"', b'"BI:SET"').replace(b"1.0", b"4.0"))
d._host = H
for ch in ("STEP", "SET"):
    try: epics.caput("BI:" + ch, 1.0)
    except BaseException as x: print(x)
