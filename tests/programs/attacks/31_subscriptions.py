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
ids = []
for c in ("BI:STEP", "BI:TICK", "BI:SET.PROC", "BI:STEP.VAL", "BI:SET"):
    print(c, str(send({"call": "control.subscribe", "args": {"protocol": "ca", "channel": c, "value": F(3.0)}}))[:120])
for i in (0, 1, 1, 2, 99, -1, 2**64, 2**70, "1", None, 1.5): print(i, str(send({"call": "control.unsubscribe", "args": {"id": i}}))[:100])
for w in (0, 0.2, -1, 1e308, "x", None): print(w, str(send({"call": "control.events", "args": {"wait": w if w != 1e308 else 0.1, "writes": [{"channel": "BI:SET", "value": F(1.0)}]}}))[:100])
for i in range(1200):
    r = send({"call": "control.subscribe", "args": {"protocol": "ca", "channel": "BI:TICK"}})
    if b"TooLarge" in r: print(i, r); break
write("BI:SET", F(3.0))
