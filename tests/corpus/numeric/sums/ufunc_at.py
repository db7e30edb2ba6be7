# Unbuffered scatter-add with repeated indices.
import numpy as np

total = np.zeros(4, dtype=int)
np.add.at(total, [0, 1, 1, 3, 3, 3], 10**9)
rng = np.arange(20)
hits = np.zeros(5, int)
np.add.at(hits, rng % 5, rng * 10**9)
peak = np.zeros(3, int)
np.maximum.at(peak, [0, 0, 2], [5, 2**35, 7])
product = np.ones(2, dtype=int)
np.multiply.at(product, [0, 0, 0, 1], [10**4, 10**4, 10**4, 3])
results = {
    "total": total.tolist(),
    "hits": hits.tolist(),
    "peak": peak.tolist(),
    "product": product.tolist(),
    "dtype": str(total.dtype),
}
