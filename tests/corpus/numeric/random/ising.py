# Metropolis sweeps of a small Ising lattice with the legacy generator.
import numpy as np

rs = np.random.RandomState(5)
n = 12
spin = rs.choice([-1, 1], size=(n, n))
energies = []
for _ in range(12):
    for _ in range(n * n):
        i, j = rs.randint(0, n, 2)
        nb = spin[(i + 1) % n, j] + spin[i - 1, j] + spin[i, (j + 1) % n] + spin[i, j - 1]
        cost = 2 * spin[i, j] * nb
        if cost <= 0 or rs.random_sample() < np.exp(-cost / 1.5):
            spin[i, j] *= -1
    energies.append(int(-(spin * (np.roll(spin, 1, 0) + np.roll(spin, 1, 1))).sum()))
results = {"energies": energies, "magnetisation": int(spin.sum()), "dtype": str(spin.dtype)}
