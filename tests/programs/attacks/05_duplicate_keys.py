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
W = '{"protocol":"ca","writes":[{"channel":"BI:SET","value":{"t":"float","v":4.0}}]}'
R = '{"protocol":"ca","channels":["BI:SET"]}'
for h in ('{"call":"control.read","call":"control.write","args":%s}' % W,
          '{"call":"control.write","call":"control.read","args":%s}' % W,
          '{"call":"control.write","args":%s,"args":%s}' % (R, W),
          '{"call":"control.write","args":%s,"args":%s}' % (W, R),
          '{"call":"control.write","args":{"protocol":"ca","writes":[{"channel":"BI:STEP","channel":"BI:SET","value":{"t":"float","v":1.0}}]}}',
          '{"call":"control.write","args":{"protocol":"ca","writes":[{"channel":"BI:STEP","value":{"t":"float","v":1.0,"v":30}}]}}',
          '{"call":"control.write","args":{"protocol":"ca","writes":[{"channel":"BI:STEP","value":{"t":"float","v":1.0},"value":{"t":"float","v":30}}]}}',
          '{"call":"control.write","args":{"protocol":"ca","protocol":"pva","writes":[],"writes":[{"channel":"BI:SET","value":{"t":"float","v":4.0}}]}}',
          '{"call":"control.read","args":%s}{"call":"control.write","args":%s}' % (R, W),
          '{"call":"control.read","args":%s}\n{"call":"control.write","args":%s}' % (R, W)):
    print(send(h.encode())[4:160])
