# Scalars and arrays made from Python ints above 2**31 keep their value and are int64.
import numpy as np

s = np.int_(2**40)
a = np.array(2**40)
l = np.asarray([1, 2**40])
results = {
    "int_scalar": int(s),
    "int_scalar_repr": repr(s),
    "array0d": int(a),
    "list": l.tolist(),
    "dtypes": [str(s.dtype), str(a.dtype), str(l.dtype), str(np.asarray(7).dtype)],
    "arith": int(np.int_(7) * 10**12 + 1),
    "square_of_scalar": int(np.array([100_000])[0] * np.array([100_000])[0]),
    "nbytes": [int(s.nbytes), int(np.array([1, 2, 3]).nbytes), int(np.arange(10).itemsize)],
}
