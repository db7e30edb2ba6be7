# Decimal arithmetic with chosen precision and rounding.
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, getcontext, localcontext

with localcontext() as ctx:
    ctx.prec = 50
    root = str(Decimal(2).sqrt())
    e = str(Decimal(1).exp())
d = Decimal("1234567890.125")
results = {
    "sum": str(Decimal("0.1") + Decimal("0.2")),
    "sqrt2": root,
    "e": e,
    "half_even": str(d.quantize(Decimal("0.01"), ROUND_HALF_EVEN)),
    "half_up": str(d.quantize(Decimal("0.01"), ROUND_HALF_UP)),
    "division": str(Decimal(1) / Decimal(7)),
    "exact_float": str(Decimal(0.1)),
    "ratio": [str(v) for v in Decimal("3.14").as_integer_ratio()],
    "scientific": f"{d:.3E} {d:,.2f}",
    "integer_power": str(Decimal(2) ** 100),
    "ln": str(Decimal(10).ln().quantize(Decimal("1e-20"))),
    "compare": [Decimal("1.0") == 1, Decimal("NaN") == Decimal("NaN"), str(Decimal("Infinity"))],
    "precision": getcontext().prec,
    "tuple": list(d.as_tuple().digits),
}
