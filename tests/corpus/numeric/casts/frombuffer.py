# Binary buffers read with explicit widths and byte orders.
import struct

import numpy as np

raw = struct.pack("<4q", 1, 2**40, -(2**50), 7)
be = struct.pack(">3H2i", 1, 500, 65535, -7, 2**30)
head = np.frombuffer(be, dtype=">u2", count=3)
tail = np.frombuffer(be, dtype=">i4", offset=6)
results = {
    "i8": np.frombuffer(raw, dtype="<i8").tolist(),
    "i8_dtype": str(np.frombuffer(raw, dtype=np.int64).dtype),
    "int": np.frombuffer(raw, dtype=int).tolist(),
    "u2": head.tolist(),
    "i4": tail.tolist(),
    "i4_sum": int(tail.sum()),
    "native": str(tail.astype(int).dtype),
    "byteswap": np.array([1, 256], dtype="<i2").byteswap().tolist(),
    "tobytes": np.array([1, 2], dtype="<i4").tobytes().hex(),
    "default_tobytes": np.array([1, 2]).tobytes().hex(),
    "u1_sum": int(np.frombuffer(raw, np.uint8).sum()),
}
