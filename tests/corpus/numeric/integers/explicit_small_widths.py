# Explicit 8- and 16-bit arrays keep their width and wrap.
import numpy as np

u8 = np.array([200, 100, 50], dtype=np.uint8)
i16 = np.array([30_000, -30_000], dtype=np.int16)
results = {
    "u8_add": (u8 + u8).tolist(),
    "i16_mul": (i16 * np.int16(3)).tolist(),
    "u8_times_python_int": str((u8 * 2).dtype),
    "u8_i8": str((u8 + np.int8(1)).dtype),
    "i16_u16": str((i16 + np.ones(2, np.uint16)).dtype),
    "sum_widens": [int(u8.sum()), str(u8.sum().dtype), str(i16.sum().dtype)],
    "cumsum_widens": [np.cumsum(u8).tolist(), str(np.cumsum(u8).dtype)],
    "invert": (~u8).tolist(),
}
