# A sieve of Eratosthenes: the count and the sum of primes below 200,000.
import numpy as np

n = 200_000
sieve = np.ones(n, dtype=bool)
sieve[:2] = False
for i in range(2, int(n**0.5) + 1):
    if sieve[i]:
        sieve[i * i :: i] = False
primes = np.nonzero(sieve)[0]
gaps = np.diff(primes)
results = {
    "count": int(sieve.sum()),
    "sum": int(primes.sum()),
    "sum_of_squares": int((primes**2).sum()),
    "last": primes[-3:].tolist(),
    "largest_gap": int(gaps.max()),
    "gap_after": int(primes[gaps.argmax()]),
    "twins": int((gaps == 2).sum()),
}
