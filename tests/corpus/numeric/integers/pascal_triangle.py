# Rows of Pascal's triangle by repeated addition, up to row 60.
import math

import numpy as np

row = np.array([1])
for _ in range(60):
    row = np.append(row, 0) + np.append(0, row)
results = {
    "row_60_centre": row[28:33].tolist(),
    "row_sum": int(row.sum()),
    "exact": [int(v) for v in row] == [math.comb(60, k) for k in range(61)],
    "dtype": str(row.dtype),
}
