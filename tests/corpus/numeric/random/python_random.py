# The standard library's seeded generator.
import random

r = random.Random(2718)
deck = list(range(8))
r.shuffle(deck)
results = {
    "random": [r.random() for _ in range(3)],
    "randint": [r.randint(1, 10**12) for _ in range(3)],
    "getrandbits": r.getrandbits(60),
    "choices": r.choices("abc", weights=[1, 2, 7], k=8),
    "sample": r.sample(range(10**9), 3),
    "shuffle": deck,
    "gauss": [r.gauss(0, 1) for _ in range(2)],
    "expovariate": r.expovariate(0.5),
    "triangular": r.triangular(0, 10, 3),
    "betavariate": r.betavariate(2, 3),
    "vonmises": r.vonmisesvariate(1, 4),
    "string_seed": random.Random("beam").randrange(10**9),
}
