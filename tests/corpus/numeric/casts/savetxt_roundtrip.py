# Integers written with savetxt and read back unchanged.
import io

import numpy as np

a = np.arange(6).reshape(2, 3) * 7_000_000_000
buf = io.StringIO()
np.savetxt(buf, a, fmt="%d", delimiter=",", header="a,b,c", comments="")
text = buf.getvalue()
back = np.genfromtxt(io.StringIO(text), delimiter=",", names=True, dtype=int)
binary = io.BytesIO()
np.save(binary, a)
binary.seek(0)
loaded = np.load(binary)
results = {
    "text": text,
    "b": back["b"].tolist(),
    "field_dtype": str(back.dtype["b"]),
    "npy": loaded.tolist(),
    "npy_dtype": str(loaded.dtype),
    "npy_header": binary.getvalue()[10:60].decode().split("}")[0],
}
