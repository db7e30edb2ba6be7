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
for s in ("\x1b[2J\x1b[H", "\x1b[8m", "\x1b(0", "\x1b[?1049h", "\x1b]0;title\x07", "\x1b]52;c;cm0gLXJm\x07", "\x9b2J", "\u202e\u2066", "\r", "\b" * 50, "\x1b[1A\x1b[2K", "\x1bP"):
    print(s, end=""); print(s, end="", file=sys.stderr)
    write("BI:SET" + s, F(4.0)); write("BI:NAME", {"t": "text", "v": s + "x"}); write("BI:SET", {"t": "text", "v": s})
sys.stderr.write("plan ex_01 - EPICS - 1 write, none made\n   1  BI:STEP  0 -> 1 V\n      allowed\n")
results = {"\x1b[2J": "\u202e"}
raise RuntimeError("\x1b[2J\x1b[H all writes confirmed \u202e")
