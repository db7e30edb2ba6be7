# Integer columns align on their widest member.
import numpy as np

a = np.array([[1, -22, 333], [4444, 5, -66666]])
results = {
    "str": str(a),
    "repr": repr(a),
    "three_dim": str(np.arange(8).reshape(2, 2, 2)),
    "with_big": str(np.array([[1, 2**40], [3, 4]])),
    "strings": repr(np.array(["a", "bcd"])),
    "objects": repr(np.array([1, "x", None], dtype=object)),
    "nested_f": f"{a!s}",
    "masked": repr(np.ma.array([1, 2, 3], mask=[0, 1, 0])),
    "structured": repr(np.array([(1, 2.5)], dtype=[("n", int), ("x", float)])),
    "record_dtype": repr(np.dtype([("n", int), ("x", float)])),
}
