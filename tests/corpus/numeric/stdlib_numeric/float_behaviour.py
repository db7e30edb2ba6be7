# Printing, parsing and limits of Python floats.
import sys

results = {
    "repr": [repr(v) for v in (0.1, 1e16, 1e-5, 123456789.123, 2.0**70, 1 / 3)],
    "sum": 0.1 + 0.2,
    "hex": [(0.1).hex(), float.fromhex("0x1.8p3")],
    "round": [round(2.675, 2), round(0.5), round(1.5), round(-2.5), round(1234.5678, -2)],
    "parse": [float("1e400"), float("-inf"), float("1_000.5"), int(float("1e15"))],
    "limits": [sys.float_info.max, sys.float_info.min, sys.float_info.epsilon, sys.float_info.dig],
    "is_integer": [(2.0**60).is_integer(), (0.5).is_integer()],
    "int": [int(1e18), int(-3.99), int(2.0**62)],
    "complex": [abs(3 + 4j), (2 + 3j).conjugate().imag, ((1 + 2j) ** 2).real],
    "divmod": [list(divmod(7.5, 2)), list(divmod(-7.5, 2))],
    "format": [f"{1234567.891:,.2f}", f"{0.00012345:.2e}", f"{1e10:g}", f"{255:#x}", f"{-7:08.2f}"],
    "signed_zero": [str(-0.0), str(0.0 + -0.0)],
}
