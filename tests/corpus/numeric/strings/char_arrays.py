# Vectorised string operations and their integer positions.
import numpy as np

s = np.array(["BPM-12", "quad-7", "Bend-103"])
results = {
    "upper": np.strings.upper(s).tolist(),
    "find": (np.strings.find(s, "-") * 10**10).tolist(),
    "length": (np.strings.str_len(s) * 10**10).tolist(),
    "length_dtype": str(np.strings.str_len(s).dtype),
    "count": np.char.count(s, "1").tolist(),
    "partition": np.char.partition(s, "-")[:, 2].astype(int).tolist(),
    "starts": np.char.startswith(s, "B").tolist(),
    "join": np.char.join(",", ["abc"]).tolist(),
    "zfill": np.char.zfill(["7", "42"], 4).tolist(),
    "multiply": np.char.multiply(["ab"], 3).tolist(),
    "add": np.char.add(s, "!").tolist(),
    "sort": np.sort(s).tolist(),
    "dtype": str(s.dtype),
}
