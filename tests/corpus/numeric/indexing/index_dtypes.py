# Functions that return positions return int64.
import numpy as np

a = np.array([3, 1, 2, 2])
results = {
    "argsort": str(np.argsort(a).dtype),
    "argmax": str(a.argmax().dtype),
    "nonzero": str(np.nonzero(a)[0].dtype),
    "where": str(np.where(a > 1)[0].dtype),
    "searchsorted": str(np.searchsorted([1, 2], a).dtype),
    "digitize": str(np.digitize(a, [1, 2]).dtype),
    "bincount": str(np.bincount(a).dtype),
    "unique_inverse": str(np.unique(a, return_inverse=True)[1].dtype),
    "unique_counts": str(np.unique(a, return_counts=True)[1].dtype),
    "histogram": str(np.histogram(a)[0].dtype),
    "count_nonzero_axis": str(np.count_nonzero(a[None], axis=0).dtype),
    "unravel": str(np.unravel_index(np.array([1]), (2, 2))[0].dtype),
    "ravel_multi": str(np.ravel_multi_index(([1], [1]), (2, 2)).dtype),
    "triu": str(np.triu_indices(2)[0].dtype),
    "indices": str(np.indices((2, 2)).dtype),
    "mgrid": str(np.mgrid[0:2].dtype),
    "lexsort": str(np.lexsort((a,)).dtype),
    "argwhere": str(np.argwhere(a).dtype),
}
