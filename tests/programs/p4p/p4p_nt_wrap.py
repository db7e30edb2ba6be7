"""Makes values with the normative types, and puts one."""
from p4p import Type, Value
from p4p.client.thread import Context
from p4p.nt import NTEnum, NTScalar, NTTable, NTURI

v = NTScalar("d").wrap(4.2)
print(v.value, v.getID(), repr(v))
v = NTScalar("ai", display=True).wrap([1, 2, 3], severity=1)
print(v.value, v.alarm.severity, sorted(v.display.keys()))
e = NTEnum().wrap(1, choices=["Off", "On"])
print(e.value.index, e.value.choices)
t = NTTable([("name", "s"), ("k", "d")]).wrap([{"name": "a", "k": 1}, {"name": "b", "k": 2}])
print(t.value.name, t.value.k)
print(NTURI([("a", "d")]).wrap("x", kws={"a": 1}).query.a)
T = Type([("x", "d"), ("s", ("S", None, [("y", "i")]))], id="my:type")
p = Value(T, {"x": 1.5, "s.y": 3})
print(p, p.s.y, T, p.changedSet() == {"x", "s.y"}, p.changed("s"))
p.s.y = 7
p["x"] = 2
print(p.todict(), p.tolist())
ctxt = Context("pva")
ctxt.put("PP:SET", NTScalar("d").wrap(4.25))
print(float(ctxt.get("PP:SET")))
