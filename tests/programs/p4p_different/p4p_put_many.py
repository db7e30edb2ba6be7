"""Writes several channels in one call, and finds those that failed."""
from p4p.client.thread import Context, RemoteError

ctxt = Context("pva")
names = ["PP:BULK1", "PP:RBV", "PP:BULK2", "PP:SET"]
results = ctxt.put(names, [11.0, 5.0, 22.0, 99.0], throw=False)
for name, result in zip(names, results):
    print(name, "ok" if result is None else f"failed: {result}")
print([float(v) for v in ctxt.get(names)])
print(ctxt.put(["PP:BULK1", "PP:BULK2"], [1, 2]))
try:
    ctxt.put(["PP:BULK1", "PP:RBV"], [1, 2])
except RemoteError as e:
    print(e)
