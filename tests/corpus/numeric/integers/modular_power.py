# Square-and-multiply exponentiation modulo a 30-bit prime.
import numpy as np


def power_mod(base, exponent, modulus):
    out = np.ones_like(base)
    base = base % modulus
    while exponent:
        if exponent & 1:
            out = out * base % modulus
        base = base * base % modulus
        exponent >>= 1
    return out


p = 1_000_000_007
a = np.arange(2, 12)
inverse = power_mod(a, p - 2, p)
results = {
    "powers": power_mod(a, 123456789, p).tolist(),
    "inverses": inverse.tolist(),
    "check": ((a * inverse) % p == 1).all().item(),
}
