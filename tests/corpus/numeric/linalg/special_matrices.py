# Structured matrices and their integer forms.
import numpy as np
from scipy import linalg

results = {
    "toeplitz": (linalg.toeplitz([1, 2, 3]) * 10**10).tolist(),
    "hankel": linalg.hankel([1, 2, 3]).tolist(),
    "circulant": linalg.circulant([1, 2, 3]).tolist(),
    "pascal": linalg.pascal(18, exact=True)[-1, -2:].tolist(),
    "hilbert_det": float(linalg.det(linalg.hilbert(3))),
    "invhilbert": linalg.invhilbert(5, exact=True).tolist(),
    "hadamard": (linalg.hadamard(4) * 10**10).tolist(),
    "block_diag": (linalg.block_diag([[1, 2]], [[3]]) * 10**10).tolist(),
    "companion": linalg.companion([1, -6, 11, -6]).tolist(),
    "vander": np.vander([10, 2000], 4).tolist(),
    "null_space_dim": int(linalg.null_space(np.array([[1.0, 2, 3]])).shape[1]),
    "bandwidth": list(linalg.bandwidth(np.array([[1, 2, 0], [3, 1, 2], [0, 3, 1]]))),
}
