# Every spelling of the default integer names int64.
import numpy as np

names = {
    "int": int,
    "str_int": "int",
    "int_": np.int_,
    "str_int_": "int_",
    "scalar_type": type(np.array([1])[0]),
    "bool": bool,
    "float": float,
    "complex": complex,
}
results = {k: str(np.dtype(v)) for k, v in names.items()}
results["itemsize"] = [np.dtype(v).itemsize for v in (int, "int", np.int_, float)]
results["equal_int64"] = [np.dtype(t) == np.int64 for t in (int, "int", np.array([1]).dtype)]
results["equal_int"] = [a.dtype == int for a in (np.arange(3), np.zeros(1, np.int64), np.zeros(1, np.int32))]
results["kind"] = [np.dtype(int).kind, np.dtype(int).str, np.dtype(int).name]
results["issubdtype"] = [np.issubdtype(np.arange(2).dtype, np.integer), bool(np.issubdtype(np.int64, int))]
