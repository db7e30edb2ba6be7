# Printed forms of integer arrays show no dtype for the default integer.
import numpy as np

results = {
    "arange": repr(np.arange(5)),
    "list": repr(np.array([1, 20, 300])),
    "two_dim": repr(np.array([[1, 2], [3, 4]])),
    "wide": repr(np.array([2**40, 1])),
    "int64": repr(np.array([1], dtype=np.int64)),
    "int32": repr(np.array([1], dtype=np.int32)),
    "uint8": repr(np.array([1], dtype=np.uint8)),
    "uint64": repr(np.array([1], dtype=np.uint64)),
    "empty": repr(np.array([], dtype=int)),
    "bools": repr(np.array([True, False])),
    "astype": repr(np.array([1.5]).astype(int)),
    "argsort": repr(np.argsort([3, 1, 2])),
    "zeros": repr(np.zeros((2, 2), dtype=int)),
    "unique": repr(np.unique([3, 3, 1])),
    "where": repr(np.where([True, False, True])),
    "bincount": repr(np.bincount([1, 1])),
}
