# Exact rational arithmetic.
from fractions import Fraction

h = sum((Fraction(1, k) for k in range(1, 31)), Fraction(0))
x = Fraction(1)
for _ in range(5):
    x = (x + 2 / x) / 2
results = {
    "harmonic": str(h),
    "harmonic_float": float(h),
    "from_float": str(Fraction(0.1).limit_denominator(1000)),
    "from_string": str(Fraction("3.125")),
    "sqrt2": [str(x.numerator), str(x.denominator)],
    "pi": str(Fraction(3.141592653589793).limit_denominator(1000)),
    "floor_mod": [str(Fraction(7, 2) // 1), str(Fraction(-7, 2) % 1)],
    "power": str(Fraction(3, 4) ** 20),
    "round": [round(Fraction(7, 2)), str(round(Fraction(22, 7), 2))],
    "compare": [Fraction(1, 3) < Fraction(334, 1000), Fraction(1, 2) == 0.5],
    "ratio": list((0.75).as_integer_ratio()),
}
