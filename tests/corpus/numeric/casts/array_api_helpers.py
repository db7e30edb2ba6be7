# asarray, asanyarray, ascontiguousarray, atleast, array copies and require with ints.
import numpy as np

results = {
    "asarray": str(np.asarray([1, 2]).dtype),
    "asarray_int": (np.asarray([1.5, 2.5], dtype=int) * 10**10).tolist(),
    "asanyarray": str(np.asanyarray((1, 2)).dtype),
    "ascontiguousarray": (np.ascontiguousarray([[1, 2], [3, 4]]) * 10**10).tolist(),
    "asarray_chkfinite": str(np.asarray_chkfinite([1, 2]).dtype),
    "atleast_1d": str(np.atleast_1d(5).dtype),
    "atleast_2d": (np.atleast_2d([1, 2]) * 10**10).tolist(),
    "require": str(np.require([1, 2], requirements="C").dtype),
    "copy": str(np.copy([1, 2]).dtype),
    "stack": (np.stack([[1, 2], [3, 4]]) * 10**10).tolist(),
    "hstack": str(np.hstack([[1], [2]]).dtype),
    "tile": (np.tile([1, 2], 2) * 10**10).tolist(),
    "repeat": (np.repeat(3, 2) * 10**10).tolist(),
    "append": np.append([1, 2], [2**40]).tolist(),
    "insert": np.insert([1, 2], 1, 2**40).tolist(),
    "pad": np.pad([1, 2], 1, constant_values=2**40).tolist(),
    "broadcast": (np.broadcast_to(7, (2,)) * 10**10).tolist(),
    "block": (np.block([[np.ones((1, 1), int), np.zeros((1, 1), int)]]) * 10**10).tolist(),
}
