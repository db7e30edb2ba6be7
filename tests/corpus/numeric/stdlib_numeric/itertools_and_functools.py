# Combinatorics, running sums and reductions.
import functools
import itertools
import operator

primes = [n for n in range(2, 200) if all(n % d for d in range(2, int(n**0.5) + 1))]
results = {
    "accumulate": list(itertools.accumulate([2**30] * 4)),
    "products": list(itertools.accumulate(range(1, 16), operator.mul))[-2:],
    "reduce": str(functools.reduce(operator.mul, primes)),
    "combinations": sum(a * b * c for a, b, c in itertools.combinations(primes, 3)),
    "permutations": sum(1 for _ in itertools.permutations(range(7))),
    "pairwise": max(b - a for a, b in itertools.pairwise(primes)),
    "groupby": [[k, len(list(g))] for k, g in itertools.groupby(primes, lambda p: p // 50)],
    "batched": [sum(b) for b in itertools.batched(primes, 12)],
    "count": list(itertools.islice(itertools.count(2**40, 3), 3)),
    "lattice": functools.lru_cache(None)(lambda n: sum(divmod(n, 7)))(10**12),
}
