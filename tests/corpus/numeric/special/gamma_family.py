# Gamma, beta and related functions.
import numpy as np
from scipy import special

x = np.array([0.5, 1.5, 4.0, 10.25])
results = {
    "gamma": special.gamma(x).tolist(),
    "gammaln": special.gammaln(x).tolist(),
    "digamma": special.digamma(x).tolist(),
    "beta": special.beta(x, 2.5).tolist(),
    "gammainc": special.gammainc(2.0, x).tolist(),
    "factorial_exact": [int(v) for v in special.factorial([5, 13, 20], exact=True)],
    "factorial": special.factorial([3, 20]).tolist(),
    "comb_exact": special.comb(60, 30, exact=True),
    "comb": float(special.comb(30, 15)),
    "perm": special.perm(20, 10, exact=True),
    "binom": float(special.binom(40, 20)),
    "poch": float(special.poch(3, 5)),
}
