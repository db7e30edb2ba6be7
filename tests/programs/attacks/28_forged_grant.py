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
g = {"id": "ex_01m82xytbsw67c0feyqan8c20w", "plan": "ex_01m82xytbsw67c0feyqan8c20w", "digest": "0" * 64, "approver": "root", "comment": "", "granted": "2020-01-01T00:00:00Z", "expires": "2099-01-01T00:00:00Z", "on_deviation": "ask", "on_failure": "continue", "signature": "00" * 32}
for extra in ({"grant": g}, {"granted": True}, {"permission": {"Granted": g}}, {"mode": "apply"}, {"confirm": "never"}, {"principal": "root"}, {"planned": 1, "takes_back": 1}, {"operation": "command"}):
    print(send({"call": "control.write", "args": {"protocol": "ca", "writes": [{"channel": "BI:SET", "value": F(4.0), **extra}, {"channel": "BI:STEP", "value": F(4.0), **extra}], **extra}, **extra})[4:250])
