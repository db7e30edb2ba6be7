# Fletcher and Adler checksums accumulated in default integers.
import zlib

import numpy as np

data = np.frombuffer(bytes(range(256)) * 40, dtype=np.uint8)
a = 1 + np.cumsum(data)
adler = (int(a.sum()) % 65521 << 16) | int(a[-1]) % 65521
weights = np.arange(data.size, 0, -1)
results = {
    "adler": adler,
    "zlib_agrees": adler == zlib.adler32(data.tobytes()),
    "weighted": int((data * weights).sum()),
    "weighted_dot": int(np.dot(data, weights)),
    "cumsum_dtype": str(np.cumsum(data).dtype),
}
