# choice, permutation and shuffle of the modern generator.
import numpy as np

g = np.random.default_rng(8)
a = np.arange(6)
g.shuffle(a)
m = np.arange(9).reshape(3, 3)
results = {
    "shuffle": a.tolist(),
    "permutation": g.permutation(7).tolist(),
    "permutation_scaled": (g.permutation(4) * 10**10).tolist(),
    "permutation_axis": g.permutation(m, axis=1).tolist(),
    "permuted": g.permuted(m, axis=1).tolist(),
    "choice": (g.choice(5, 4) * 10**10).tolist(),
    "choice_without": g.choice(100, 6, replace=False).tolist(),
    "choice_large": g.choice(10**12, 3).tolist(),
    "choice_p": g.choice(["x", "y", "z"], 6, p=[0.1, 0.2, 0.7]).tolist(),
    "choice_rows": g.choice(m, 2, axis=0).tolist(),
    "dtypes": [str(g.choice(5, 2).dtype), str(g.permutation(3).dtype)],
}
