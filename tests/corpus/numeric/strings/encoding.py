# Text, bytes and code points as integers.
import zlib

import numpy as np

text = "Strahl µA 漢"
raw = text.encode()
codes = np.array([ord(c) for c in text])
view = np.array(["ab", "µ"]).view(np.uint32).reshape(2, -1)
results = {
    "length": [len(text), len(raw)],
    "codes_sum": int((codes * 10**9).sum()),
    "bytes_sum": int(np.frombuffer(raw, np.uint8).sum()),
    "crc": zlib.crc32(raw),
    "view": view.tolist(),
    "itemsize": np.array([text]).dtype.itemsize,
    "round_trip": np.array([raw]).astype("S20").tolist()[0].decode(),
    "polynomial_hash": int((codes * 31 ** np.arange(codes.size)).sum()),
    "int_from_bytes": int.from_bytes(raw[:6], "big"),
}
