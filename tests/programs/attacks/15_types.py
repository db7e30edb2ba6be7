import epics, decimal, fractions
class I(int): pass
class S(str): pass
class X(float):
    def __float__(self): return 9.0
    def __eq__(self, o): return True
for ch in ("STEP", "MODE", "SET", "COUNT", "SHUTTER", "NAME"):
    for v in (True, 1, "1", 1.0 + 1e-5, 1.5, "Standby", "On", "on", b"2", S("2"), I(2), X(1.0), None, "1.0", complex(2), decimal.Decimal(2), fractions.Fraction(2), 2**63, 2**64, -2**70, 1e400, float("nan"), -0.0, {"v": 1}, object()):
        try: print(ch, repr(v)[:30], epics.caput("BI:" + ch, v))
        except BaseException as x: print(ch, repr(v)[:30], str(x)[:90])
