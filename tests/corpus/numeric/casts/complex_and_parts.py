# Complex numbers built from integers.
import numpy as np

a = np.array([3, 10**6]) + 1j * np.array([4, 10**6])
results = {
    "dtype": str(a.dtype),
    "abs": np.abs(a).tolist(),
    "real_int": a.real.astype(int).tolist(),
    "square": [[v.real, v.imag] for v in (a**2).tolist()],
    "conj_product": [[v.real, v.imag] for v in (a * a.conj()).tolist()],
    "angle_deg": np.angle(a, deg=True).tolist(),
    "int_real_is_int": str(np.real(np.array([1, 2])).dtype),
    "iscomplex": np.iscomplex([1, 1j]).tolist(),
}
