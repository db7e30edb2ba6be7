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
import atexit, gc, weakref, sys, epics
def w(v): return lambda *a: [write(c, F(v)) for c in ("BI:SET", "BI:STEP", "BI:BULK0")]
atexit.register(w(11.0))
class D:
    def __del__(self): w(12.0)()
x = D(); x.me = x; y = D()
weakref.finalize(y, w(13.0)); gc.callbacks.append(w(14.0)); del x; gc.collect()
sys.excepthook = w(15.0); sys.unraisablehook = w(16.0)
sys.stdout.write = w(17.0) if False else sys.stdout.write
import threading
try: threading._register_atexit(w(18.0))
except BaseException as e: print(e)
sys.exit(3)
