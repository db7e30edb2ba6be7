# Functions of the math module.
import math

results = {
    "comb_perm": [math.comb(60, 30), math.perm(20, 12)],
    "factorial": str(math.factorial(30)),
    "gcd_lcm": [math.gcd(2**40, 6**20), math.lcm(*range(1, 41))],
    "isqrt": [math.isqrt(10**18 - 1), math.isqrt(2**62)],
    "fsum": math.fsum([0.1] * 10),
    "prod": math.prod(range(1, 21)),
    "hypot_dist": [math.hypot(3, 4, 12), math.dist([0, 0], [5, 12])],
    "frexp": list(math.frexp(10.5)),
    "floor_ceil": [math.floor(-2.5e12), math.ceil(2.1e12), math.trunc(-7.9)],
    "gamma": [math.gamma(5.5), math.lgamma(100.5), math.erf(0.3), math.erfc(2)],
    "remainder": [math.fmod(-7, 3), math.remainder(7, 4)],
    "logs": [math.log2(2**52), math.log(10**300), math.log1p(1e-12), math.expm1(1e-12)],
    "ulp": [math.ulp(1.0), math.nextafter(1.0, 2.0)],
    "sumprod": math.sumprod([10**10, 3], [10**6, 4]),
    "fma": math.fma(3.0, 4.0, 5.0),
    "special": [math.inf, -math.inf, math.nan],
}
