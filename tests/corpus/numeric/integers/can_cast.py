# Casting rules see the default integer as 64 bits wide.
import numpy as np

results = {
    "int_to_i4": np.can_cast(int, np.int32),
    "int_to_i8": np.can_cast(int, np.int64),
    "i8_to_int": np.can_cast(np.int64, int),
    "i8_to_int_": np.can_cast(np.int64, np.int_),
    "int_to_f8": np.can_cast(int, np.float64),
    "u4_to_int": np.can_cast(np.uint32, int),
    "same_kind": np.can_cast(int, np.int32, casting="same_kind"),
    "min_scalar": [str(np.min_scalar_type(v)) for v in (7, -7, 300, 2**31, 2**40)],
    "common_type": str(np.dtype(np.common_type(np.array([1]), np.float32([1])))),
}
