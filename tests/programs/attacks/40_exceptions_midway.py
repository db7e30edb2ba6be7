import epics, signal
class Boom(Exception): pass
class V(float):
    def __float__(self): raise Boom
class L(list):
    n = 0
    def __iter__(self): L.n += 1; return iter([9.0] * L.n)
    def __len__(self): return 1
for c in ("STEP", "SET", "WF"):
    for v in (V(3), L([1.0]), [1.0, V(3)], [1.0, "a"], iter([1])):
        try: epics.caput("BI:" + c, v)
        except BaseException as x: print(c, repr(x)[:80])
try: signal.alarm(1)
except BaseException as x: print(repr(x))
