# Complex functions and polar forms.
import cmath

z = 1.5 - 2j
pairs = {
    "sqrt": cmath.sqrt(-4 + 3j),
    "exp": cmath.exp(1j * cmath.pi / 3),
    "log": cmath.log(z),
    "power": z**3,
    "sin": cmath.sin(z),
    "acos": cmath.acos(2 + 1j),
    "quotient": z / (3 + 1j),
    "rect": cmath.rect(2, 0.7),
}
results = {k: [v.real, v.imag] for k, v in pairs.items()}
results["polar"] = list(cmath.polar(z))
results["phase"] = cmath.phase(-1 + 0j)
fifths = [cmath.exp(2j * cmath.pi * k / 5) for k in range(5)]
results["roots_of_unity"] = [[round(v.real, 12), round(v.imag, 12)] for v in fifths]
results["repr"] = [repr(z), repr(complex("1+2j")), str(abs(3 + 4j))]
results["close"] = cmath.isclose(cmath.exp(1j * cmath.pi), -1)
