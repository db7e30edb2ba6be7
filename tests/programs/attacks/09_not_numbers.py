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
for v in (b"NaN", b"Infinity", b"1e400", b"-1e400", b"1e309", b'"nan"', b'"inf"', b'"-inf"', b'"NaN"', b'"1.0"', b"null", b"[]", b"{}", b"true", b"1E+0", b"01", b"0x1", b"1.", b"9" * 400):
    for t in (b"float", b"int", b"enum", b"bool"):
        h = b'{"call":"control.write","args":{"protocol":"ca","writes":[{"channel":"BI:SET","value":{"t":"%s","v":%s}}]}}' % (t, v)
        print(t, v[:12], str(send(h))[6:130])
