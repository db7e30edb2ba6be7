# Printed forms of numpy scalars.
import numpy as np

results = {
    "sum": repr(np.arange(4).sum()),
    "element": repr(np.array([7])[0]),
    "argmax": repr(np.argmax([1, 3])),
    "count_nonzero": repr(np.count_nonzero([1, 0])),
    "mean": repr(np.mean([1, 2])),
    "bool": repr(np.array([1])[0] > 0),
    "str_of_int": str(np.int64(5)),
    "list_of_scalars": repr(list(np.array([1, 2]))),
    "tuple": repr(tuple(np.arange(2))),
    "dict": repr({"n": np.array([1, 2]).max()}),
    "f_string": f"{np.arange(4).sum()} {np.float64(0.5)}",
    "datetime": repr(np.datetime64("2024-01-01")),
    "float32": repr(np.float32(0.1)),
    "complex": repr(np.complex128(1 + 2j)),
}
