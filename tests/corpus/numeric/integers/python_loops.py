# Loops over array elements that total, multiply and store integers.
import numpy as np

data = np.array([91_000, 85_000, 77_000, 99_000])
total = 0
for i in range(len(data)):
    for j in range(i + 1, len(data)):
        total += data[i] * data[j]
grid = np.zeros((3, 3), dtype=int)
for i in range(3):
    for j in range(3):
        grid[i, j] = (i + 1) ** 10 * (j + 1) ** 9
best = max((int(a * b), int(a), int(b)) for a in data for b in data if a < b)
results = {
    "total": int(total),
    "grid": grid.tolist(),
    "trace": int(grid.trace()),
    "best": list(best),
    "squares": [int(x**2) for x in data],
    "running": int(np.prod([x for x in data[:3]])),
    "zip_dot": int(sum(x * y for x, y in zip(data, data[::-1]))),
}
