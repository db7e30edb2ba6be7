# Counting paths and change with integer tables.
import numpy as np

paths = np.ones((19, 19), dtype=int)
for i in range(1, 19):
    for j in range(1, 19):
        paths[i, j] = paths[i - 1, j] + paths[i, j - 1]
ways = np.zeros(20_001, dtype=int)
ways[0] = 1
for coin in (1, 2, 5, 10, 20, 50, 100, 200):
    for start in range(coin, ways.size, coin):
        stop = min(start + coin, ways.size)
        ways[start:stop] += ways[start - coin : start][: stop - start]
results = {
    "paths": int(paths[-1, -1]),
    "diagonal": np.diag(paths)[[4, 9, 14, 18]].tolist(),
    "ways": ways[[200, 1000, 5000, 20_000]].tolist(),
    "dtype": str(ways.dtype),
}
