# Hierarchical clusters and vector quantisation of separated groups.
import numpy as np
from scipy.cluster import hierarchy, vq

rng = np.random.default_rng(12)
x = np.vstack([rng.normal(c, 0.2, (15, 2)) for c in ([0, 0], [4, 0], [2, 5])])
z = hierarchy.linkage(x, "average")
label = hierarchy.fcluster(z, 3, criterion="maxclust")
centres, codes = vq.kmeans2(x, np.array([[0.5, 0], [3.5, 0], [2.0, 4]]), minit="matrix")
results = {
    "sizes": sorted(np.bincount(label)[1:].tolist()),
    "merge_heights": z[-2:, 2].tolist(),
    "centres": centres.tolist(),
    "codes": np.bincount(codes).tolist(),
    "codes_scaled": (codes[[0, 20, 40]].astype(int) * 10**10).tolist(),
    "distortion": float(vq.vq(x, centres)[1].mean()),
    "cophenetic": float(hierarchy.cophenet(z)[0]),
    "leaves": len(hierarchy.leaves_list(z)),
}
