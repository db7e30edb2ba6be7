# Greatest common divisors and least common multiples of wide integers.
import numpy as np

lcm = np.lcm.reduce(np.arange(1, 41))
results = {
    "lcm_1_to_40": int(lcm),
    "lcm_dtype": str(lcm.dtype),
    "gcd_pairs": np.gcd([2**40, 10**12, 600851475143], [6**20, 10**9 * 7, 71 * 839]).tolist(),
    "gcd_reduce": int(np.gcd.reduce(np.array([10**12, 35 * 10**9, 15 * 10**10]))),
    "lcm_pairs": np.lcm([123456, 99991], [654321, 99989]).tolist(),
    "coprime_to_30": int((np.gcd(np.arange(1, 1001), 30) == 1).sum()),
}
