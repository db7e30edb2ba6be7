# Polynomial roots including complex pairs.
import numpy as np
from numpy.polynomial import polynomial as P

r = np.roots([1, 0, 0, 0, -16])
order = np.lexsort((r.imag.round(9), r.real.round(9)))
results = {
    "real": r[order].real.round(9).tolist(),
    "imag": r[order].imag.round(9).tolist(),
    "from_roots": P.polyfromroots([1, -2, 3]).tolist(),
    "polyroots": P.polyroots([-6, 11, -6, 1]).round(9).tolist(),
    "golden": float(np.roots([1, -1, -1]).max()),
    "polyval2d": float(P.polyval2d(2.0, 3.0, [[1, 2], [3, 4]])),
    "leading_zeros": np.sort(np.roots([0, 0, 2, -4])).tolist(),
}
