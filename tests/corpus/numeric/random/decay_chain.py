# A Monte Carlo of a two-step decay chain by binomial draws.
import numpy as np

rng = np.random.default_rng(88)
a, b, c = 5_000_000_000, 0, 0
history = []
for _ in range(10):
    da = rng.binomial(a, 0.2)
    db = rng.binomial(b, 0.1)
    a, b, c = a - da, b + da - db, c + db
    history.append([int(a), int(b), int(c)])
results = {"history": history, "conserved": all(sum(h) == 5_000_000_000 for h in history)}
