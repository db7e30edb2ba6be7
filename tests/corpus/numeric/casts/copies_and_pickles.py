# Copies, deep copies and pickles keep dtype and value.
import copy
import io
import pickle

import numpy as np

a = np.arange(3) * 10**10
thawed = pickle.loads(pickle.dumps(a))
archive = io.BytesIO()
np.savez(archive, a=a, n=np.arange(2))
archive.seek(0)
loaded = np.load(archive)
results = {
    "pickle": [thawed.tolist(), str(thawed.dtype)],
    "pickled_dtype": str(pickle.loads(pickle.dumps(np.dtype(int)))),
    "pickled_scalar": int(pickle.loads(pickle.dumps(np.int64(2**40)))),
    "deepcopy": copy.deepcopy({"a": a})["a"].tolist(),
    "savez": [loaded["a"].tolist(), str(loaded["n"].dtype)],
    "explicit_kept": str(pickle.loads(pickle.dumps(np.zeros(1, np.int32))).dtype),
    "scaled": (pickle.loads(pickle.dumps(np.arange(3))) * 10**10).tolist(),
}
