# Floating-point sums, compensated sums and norms.
import math

import numpy as np

x = 1 / np.arange(1, 100_001) ** 2
alt = np.where(np.arange(1000) % 2, -1.0, 1.0) / np.arange(1, 1001)
results = {
    "basel": float(x.sum()),
    "fsum": math.fsum(x),
    "ln2": float(alt.sum()),
    "cumsum_tail": np.cumsum(x)[[9, 99, 999]].tolist(),
    "float32": round(float(x.astype(np.float32).sum()), 5),
    "logaddexp": float(np.logaddexp.reduce(np.log(x))),
    "norm": float(np.linalg.norm(x)),
    "mean_var": [float(x.mean()), float(x.var(ddof=1))],
}
