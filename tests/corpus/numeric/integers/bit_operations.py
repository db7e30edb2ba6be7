# And, or, xor, invert and bit counts work on values wider than 32 bits.
import numpy as np

a = np.array([2**40 + 5, 2**33 - 1, 0x0F0F0F0F0F0F])
b = np.array([2**40 - 1, 2**32, 0x00FF00FF00FF])
results = {
    "and": (a & b).tolist(),
    "or": (a | b).tolist(),
    "xor": (a ^ b).tolist(),
    "invert": (~a).tolist(),
    "bit_count": np.bitwise_count(a).tolist(),
    "or_reduce": int(np.bitwise_or.reduce(1 << np.arange(0, 60, 5))),
    "and_mask": (a & 0xFFFFFFFF).tolist(),
    "xor_dtype": str((a ^ b).dtype),
}
