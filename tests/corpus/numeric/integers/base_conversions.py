# Binary, octal and other bases of wide values, and packed bits.
import numpy as np

n = 2**40 + 12345
bits = np.unpackbits(np.array([1, 170, 255], dtype=np.uint8))
results = {
    "binary_repr": np.binary_repr(n),
    "negative": np.binary_repr(-5, width=8),
    "base_36": np.base_repr(n, 36),
    "format": [format(int(v), "x") for v in np.array([n, 2**33])],
    "unpackbits": bits.tolist(),
    "packbits": np.packbits(bits).tolist(),
    "bits_to_int": int((bits[::-1].astype(int) * 2 ** np.arange(24)).sum()),
}
