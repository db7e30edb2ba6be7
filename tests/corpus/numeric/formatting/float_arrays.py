# Float arrays under chosen print options.
import numpy as np

x = np.array([1 / 3, 1e-7, 12345.678, -2.5])
with np.printoptions(precision=4, suppress=True):
    plain = str(x)
    matrix = str(np.array([[1.5, 2.25], [3, 1e3]]))
with np.printoptions(precision=3, suppress=False):
    scientific = str(x)
with np.printoptions(formatter={"float_kind": "{:.2f}".format}):
    custom = str(x)
results = {
    "plain": plain,
    "matrix": matrix,
    "scientific": scientific,
    "custom": custom,
    "array2string": np.array2string(x, precision=2, separator=", ", floatmode="fixed"),
    "array_str": np.array_str(np.array([0.5, 0.25]), precision=2),
    "exact": repr(np.array([0.5, 1.0, -2.25])),
    "special": repr(np.array([np.nan, np.inf, -np.inf, 0.0])),
    "positional": np.format_float_positional(1234.5, trim="-"),
    "scientific_one": np.format_float_scientific(1234.5, precision=2),
}
