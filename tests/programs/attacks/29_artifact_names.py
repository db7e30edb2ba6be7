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
for n in ("plan.json", "writes.jsonl", "journal.jsonl.zst", "request.json", "code.py", "../plan.json", "..", ".", "a/../../plan.json", "/etc/x", "con", "plan.json ", "plan.json\0", "\u202ejson.nalp", "\uff0e\uff0e\uff0fplan.json", "x" * 121, "=cmd", "-rf"):
    print(ascii(n), str(send({"call": "job.artifact", "args": {"name": n, "title": "\x1b[2J\u202etitle"}}, b'{"entry":"granted"}\n'))[:120])
for i in range(3): print(send({"call": "job.figure", "args": {"number": i, "format": "png", "title": "\x1b[1A"}}, b"not a png")[:80])
for c in ("BI:SET",): write(c, F(4.0))
