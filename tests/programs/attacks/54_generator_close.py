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
import contextlib
def g():
    try: yield 1
    finally: write("BI:SET", F(71.0)); write("BI:STEP", F(71.0))
x = g(); next(x)
@contextlib.contextmanager
def cm():
    try: yield
    except BaseException: write("BI:SET", F(72.0)); raise
with cm(): raise KeyboardInterrupt
