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
import sys
sys.setrecursionlimit(10**7)
class R:
    def __repr__(self): write("BI:SET", F(42.0)); return repr([self])
def f(n=0):
    if n % 500 == 0: write("BI:STEP", F(42.0))
    return f(n + 1)
for g in (lambda: repr(R()) , f):
    try: g()
    except BaseException as e: print(type(e))
