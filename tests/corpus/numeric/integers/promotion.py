# Result dtypes of mixed-type arithmetic that starts from default integers.
import numpy as np

i = np.array([1, 2, 3])
results = {
    "int_plus_bool": str((i + True).dtype),
    "bool_plus_int": str((np.array([True]) + 1).dtype),
    "int_plus_f4": str((i + np.float32([1, 2, 3])).dtype),
    "int_plus_i2": str((i + np.int16([1, 2, 3])).dtype),
    "int_plus_u4": str((i + np.uint32([1, 2, 3])).dtype),
    "int_plus_u8": str((i + np.uint64([1, 2, 3])).dtype),
    "int_plus_complex64": str((i + np.complex64([1, 2, 3])).dtype),
    "int_times_float": str((i * 0.5).dtype),
    "sqrt": str(np.sqrt(i).dtype),
    "result_type": str(np.result_type(int, np.int8)),
    "result_type_list": str(np.result_type(np.array([1]), np.float32)),
    "promote": str(np.promote_types(int, np.uint32)),
    "concatenate": str(np.concatenate([i, np.int8([4])]).dtype),
    "where": str(np.where(i > 1, i, 0).dtype),
}
