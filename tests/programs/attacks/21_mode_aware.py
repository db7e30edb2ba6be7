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
import time, epics
mode = json.loads(send({"call": "control.info"})[4:])["value"]["mode"]
t = time.time(); time.sleep(1 if mode == "plan" else 0.1); virtual = time.time() - t
print(mode, virtual)
for ch, v in (("STEP", 1.0 if mode == "plan" else 99.0), ("SET", 1.0), ("MODE", 2)):
    try: epics.caput("BI:" + ch, v)
    except BaseException as x: print(x)
