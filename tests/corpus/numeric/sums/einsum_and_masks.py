# Weighted sums with masks written several ways agree.
import numpy as np

charge = np.arange(1, 9) * 400_000_000
good = charge % 3 != 0
results = {
    "masked": int(charge[good].sum()),
    "product": int((charge * good).sum()),
    "dot": int(charge @ good),
    "where": int(np.where(good, charge, 0).sum()),
    "sum_where": int(np.sum(charge, where=good)),
    "einsum": int(np.einsum("i,i->", charge, good)),
    "compress": int(np.compress(good, charge).sum()),
    "masked_array": int(np.ma.array(charge, mask=~good).sum()),
    "bincount": np.bincount(good.astype(int), weights=charge).tolist(),
    "average": float(np.average(charge, weights=good)),
}
